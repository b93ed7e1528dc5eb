"""Writes data/cases/torch-*.json and data/cases/jax-*.json.

Each file is one problem (cases.py) with its answer in float64, computed by
PyTorch (torch_answers.py) or by JAX (jax_answers.py) with their own autograd
and their own optimizers. No formula of this project is used. The other
framework computes every answer as well, and nothing is written unless the two
agree; if they define an optimizer differently, they must disagree. Only
optimizers that the other framework lacks stand on one alone.

    python3 -m venv /tmp/reference-cases
    /tmp/reference-cases/bin/pip install torch jax numpy
    /tmp/reference-cases/bin/python scripts/reference-cases

Two runs on one machine write the same bytes; another processor or version may
change last digits. Other files in data/cases are left alone.
"""

import dataclasses
from pathlib import Path

import numpy as np

import jax_answers
import torch_answers
from cases import JAX, TORCH
from layout import layout
from problem import KINKED, draw, split_name

FOLDER = Path(__file__).resolve().parents[2] / 'data' / 'cases'
STEPS = 5

# Both frameworks round each operation to 2^-53 = 1.1e-16. Room for a hundred
# roundings and for cancellation by a factor of a hundred; measured: 3e-15.
AGREEMENT = 1e-12
# The least distance of a score from a kink: 1000 times the rounding of single
# precision at a score of 10, so that every engine takes the same branch.
KINK_DISTANCE = 1e-3
# The least relative change of a tensor by the training steps, and of the steps
# by epsilon. Single precision would miss a smaller one.
VISIBLE = 1e-3


def main():
    results = []
    for framework, other, prefix, cases in (
            (torch_answers, jax_answers, 'torch', TORCH),
            (jax_answers, torch_answers, 'jax', JAX)):
        for case in cases:
            document, measured = answer(case, prefix, framework, other)
            print(f'{prefix}-{case.name}: {measured}')
            results.append((f'{prefix}-{case.name}.json', document))
    names = [name for name, _ in results]
    assert len(set(names)) == len(names), 'two cases have the same name'
    for name, document in results:
        text = layout(document) + '\n'
        (FOLDER / name).write_text(text, encoding='utf-8')
    print(f'{len(results)} cases written to {FOLDER}')


def answer(case, prefix, framework, other):
    """The case as a document, and the measured differences as text."""
    numbers = draw(case)
    loss, gradients = framework.gradients(case, numbers)
    apart = difference([loss, *flat(gradients)],
                       both(other.gradients(case, numbers)))
    assert apart <= AGREEMENT, f'{case.name}: gradients differ by {apart}'
    assert all(norm(g) > 0 for g in flat(gradients)), (
        f'{case.name}: a gradient is zero')
    require_no_kink(case, framework, numbers)
    require_both_branches(case, framework, numbers)
    measured = f'frameworks {apart:.1e} apart'
    expected = {
        'source': framework.SOURCE,
        'dtype': 'f64',
        'loss': loss,
        'gradients': as_json(gradients),
    }
    if case.optimizer:
        training, apart = train(case, framework, other, numbers)
        expected['training'] = training
        measured += f', trainings {apart:.1e}'
    document = {
        'format': 'backproof-case/1',
        'name': f'{prefix}-{case.name}: {case.description}',
        'note': case.note,
        'network': {
            'inputs': case.shape[0],
            'layers': [{'units': units, 'activation': activation}
                       for units, activation
                       in zip(case.shape[1:], case.layers)],
            'loss': case.loss,
            **({'penalties': list(case.penalties)} if case.penalties else {}),
        },
        'parameters': as_json(numbers.parameters),
        'batch': {'inputs': numbers.inputs.tolist(),
                  'targets': numbers.targets.tolist()},
        'optimizer': case.optimizer,
        'expected': expected,
    }
    return {key: value for key, value in document.items() if value}, measured


def train(case, framework, other, numbers):
    """Trains five steps with the framework's own optimizer, and checks them
    with the other framework's."""
    options, variant = case.optimizer, case.variant or case.optimizer['id']
    losses, path = framework.train(case, numbers, options, STEPS, variant)
    for parameters in path:
        step = dataclasses.replace(numbers, parameters=parameters)
        require_no_kink(case, framework, step)
    steps = change(numbers.parameters, path[-1])
    for tensor, step in zip(flat(numbers.parameters), steps):
        assert norm(step) > VISIBLE * norm(tensor), (
            f'{case.name}: the training hardly changes a tensor')
    if case.epsilon_matters:
        vanishing = options | {'epsilon': 1e-30}  # SparseAdam refuses 0
        without = framework.train(
            case, numbers, vanishing, STEPS, variant)[1]
        effect = difference(steps, change(numbers.parameters, without[-1]))
        assert effect > VISIBLE, (
            f'{case.name}: epsilon changes the steps by only {effect}')
    training = {'losses': losses, 'parameters': as_json(path[-1])}
    # Framework and other share our definition, unless DIFFERS says so.
    differs = framework.DIFFERS.get(variant) or other.DIFFERS.get(variant)
    if options['id'] not in other.OPTIMIZERS:
        if variant in framework.DIFFERS:
            training['differs'] = framework.DIFFERS[variant]
        return training, float('nan')  # the other framework has none
    other_losses, other_path = other.train(
        case, numbers, options, STEPS, options['id'])
    apart = max(difference([np.array(losses)], [np.array(other_losses)]),
                difference(steps, change(numbers.parameters, other_path[-1])))
    if 'clipNorm' in options:  # PyTorch divides by the norm + 1e-6
        assert 1e-8 < apart < 1e-4, f'{case.name}: trainings differ by {apart}'
        return training, apart
    assert (apart > 1e-6) if differs else (apart <= AGREEMENT), (
        f'{case.name}: trainings differ by {apart}')
    if variant in framework.DIFFERS:
        training['differs'] = framework.DIFFERS[variant]
    return training, apart


def require_no_kink(case, framework, numbers):
    """Scores must not be near 0 if the derivative jumps there, and ratio
    needs a positive score in every example."""
    for name, z in zip(case.layers, framework.scores(case, numbers)):
        nearest = np.abs(z).min()
        assert split_name(name)[0] not in KINKED or nearest > KINK_DISTANCE, (
            f'{case.name}: {name} has a score of {nearest}; change the seed')
        assert name != 'ratio' or (z > 0).any(axis=1).all(), (
            f'{case.name}: an example has no positive score')


def require_both_branches(case, framework, numbers):
    """Both sides of every kink must occur, and every unit must be active for
    some example. Otherwise a mistake on one side would not show."""
    for name, z in zip(case.layers, framework.scores(case, numbers)):
        if split_name(name)[0] in KINKED:
            assert (z < 0).any() and (z > 0).any(), (
                f'{case.name}: all scores are on one side of the kink')
        if name in ('relu', 'ratio'):
            assert (z > 0).any(axis=0).all(), f'{case.name}: a dead unit'


def flat(parameters):
    return [tensor for layer in parameters for tensor in layer]


def both(loss_and_gradients):
    loss, gradients = loss_and_gradients
    return [loss, *flat(gradients)]


def change(before, after):
    return [b - a for a, b in zip(flat(before), flat(after))]


def norm(tensor):
    return float(np.linalg.norm(tensor))


def difference(ours, theirs):
    """The largest norm-wise relative difference of two lists of tensors."""
    return max(norm(a - b) / max(norm(a), norm(b))
               for a, b in zip(ours, theirs, strict=True))


def as_json(parameters):
    return [{'weights': weights.tolist(), 'bias': bias.tolist()}
            for weights, bias in parameters]


if __name__ == '__main__':
    main()
