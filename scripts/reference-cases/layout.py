"""JSON that a person can read: what holds only numbers and words is one line,
so a row of a matrix is a line, and nothing is rounded."""

import json


def is_flat(value):
    children = value.values() if isinstance(value, dict) else value
    return not any(isinstance(child, (dict, list)) for child in children)


def layout(value, indent=''):
    """JSON text; numbers by repr, so that reading gives the same binary64."""
    if not isinstance(value, (dict, list)) or is_flat(value):
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    deeper = indent + '  '
    if isinstance(value, dict):
        lines = [f'{json.dumps(key)}: {layout(child, deeper)}'
                 for key, child in value.items()]
        opening, closing = '{', '}'
    else:
        lines = [layout(child, deeper) for child in value]
        opening, closing = '[', ']'
    inner = ',\n'.join(deeper + line for line in lines)
    return f'{opening}\n{inner}\n{indent}{closing}'
