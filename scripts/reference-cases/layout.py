"""Readable JSON: an array or object without nested ones is one line, so each
row of a matrix is one line. Nothing is rounded."""

import json


def is_flat(value):
    children = value.values() if isinstance(value, dict) else value
    return not any(isinstance(child, (dict, list)) for child in children)


def layout(value, indent=''):
    """JSON text; numbers are written by repr and read back as the same."""
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
