"""Writes data/cases/layers, answers for other layers than dense ones: torch-layer-norm.json,
torch-batch-norm.json, torch-dropout.json and the same of JAX.

PyTorch answers with its own layers (torch.nn.functional), JAX with their
formulas; nothing is written unless the two agree to 1e-12. Dropout is a
product with a mask that is part of the case, as in the harness.

    /tmp/reference-cases/bin/python scripts/reference-cases/normalized.py
"""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import torch
from torch.nn import functional as F

from layout import layout

jax.config.update('jax_enable_x64', True)
torch.set_num_threads(1)

FOLDER = Path(__file__).resolve().parents[2] / 'data' / 'cases' / 'layers'
AGREEMENT = 1e-12
SOURCES = {
    'torch': f'PyTorch {torch.__version__.split("+")[0]} float64',
    'jax': f'JAX {jax.__version__} float64',
}
# Layers between x and the loss, softmax with cross-entropy.
CASES = [
    ('torch', 'layer-norm', 4, [('dense', 6, 'tanh'), ('layer-norm', 1e-3), ('dense', 3, 'softmax')], 5, 41),
    ('jax', 'layer-norm', 5, [('layer-norm', 1e-5), ('dense', 4, 'tanh'), ('layer-norm', 1e-3), ('dense', 3, 'softmax')], 4, 42),
    ('torch', 'batch-norm', 4, [('dense', 6, 'tanh'), ('batch-norm', 1e-3), ('dense', 3, 'softmax')], 7, 43),
    ('jax', 'batch-norm', 3, [('batch-norm', 1e-3), ('dense', 5, 'tanh'), ('batch-norm', 1e-5), ('dense', 4, 'softmax')], 6, 44),
    ('torch', 'dropout', 5, [('dropout', 0.25), ('dense', 6, 'tanh'), ('dropout', 0.5), ('dense', 3, 'softmax')], 6, 45),
    ('jax', 'dropout', 4, [('dense', 8, 'tanh'), ('dropout', 0.4), ('dense', 3, 'softmax')], 5, 46),
]


def single(values):
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def draw(inputs, layers, batch, seed):
    rng = np.random.default_rng(seed)
    width, parameters, masks = inputs, [], []
    for kind, number, *_ in layers:
        mask = None
        if kind == 'dense':
            parameters.append({'weights': single(rng.normal(size=(width, number)) / np.sqrt(width)),
                               'bias': single(0.1 * rng.normal(size=number))})
            width = number
        elif kind == 'dropout':
            parameters.append({})
            mask = single((rng.random((batch, width)) >= number) / (1 - number))
        else:
            own = {'gamma': single(1 + 0.3 * rng.normal(size=width)),
                   'beta': single(0.3 * rng.normal(size=width))}
            if kind == 'batch-norm':
                own |= {'mean': np.zeros(width), 'variance': np.ones(width)}
            parameters.append(own)
        masks.append(mask)
    x = single(rng.normal(size=(batch, inputs)))
    t = np.eye(width)[rng.integers(width, size=batch)]
    return parameters, masks, x, t


def torch_answer(layers, parameters, masks, x, t):
    leaves = [{role: torch.tensor(value, requires_grad=True) for role, value in own.items()} for own in parameters]
    a = torch.tensor(x)
    for (kind, number, *activation), own, mask in zip(layers, leaves, masks):
        if kind == 'dense':
            a = a @ own['weights'] + own['bias']
            a = torch.tanh(a) if activation == ['tanh'] else a
        elif kind == 'layer-norm':
            a = F.layer_norm(a, a.shape[1:], own['gamma'], own['beta'], number)
        elif kind == 'batch-norm':
            a = F.batch_norm(a, None, None, own['gamma'], own['beta'], True, 0.1, number)
        else:
            a = a * torch.tensor(mask)
    loss = F.cross_entropy(a, torch.tensor(t))
    loss.backward()
    return loss.item(), [{role: np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.numpy()
                          for role, leaf in own.items()} for own in leaves]


def jax_answer(layers, parameters, masks, x, t):
    def loss_of(leaves):
        a = jnp.asarray(x)
        for (kind, number, *activation), own, mask in zip(layers, leaves, masks):
            if kind == 'dense':
                a = a @ own['weights'] + own['bias']
                a = jnp.tanh(a) if activation == ['tanh'] else a
            elif kind == 'dropout':
                a = a * mask
            else:
                axis = 1 if kind == 'layer-norm' else 0
                mean, var = a.mean(axis, keepdims=True), a.var(axis, keepdims=True)
                a = (a - mean) / jnp.sqrt(var + number) * own['gamma'] + own['beta']
        return -(t * jax.nn.log_softmax(a)).sum(1).mean()

    loss, gradients = jax.value_and_grad(loss_of)(parameters)
    return float(loss), [{role: np.asarray(g) for role, g in own.items()} for own in gradients]


def apart(one, other):
    scale = max(np.abs(one).max(initial=0), np.abs(other).max(initial=0))
    return 0 if scale == 0 else np.abs(one - other).max() / scale


def spec(kind, number, *activation):
    if kind == 'dense':
        return {'units': number, 'activation': activation[0]}
    return {'kind': kind, ('rate' if kind == 'dropout' else 'epsilon'): number}


def main():
    for framework, name, inputs, layers, batch, seed in CASES:
        parameters, masks, x, t = draw(inputs, layers, batch, seed)
        answers = {'torch': torch_answer(layers, parameters, masks, x, t),
                   'jax': jax_answer(layers, parameters, masks, x, t)}
        (loss, gradients), (other_loss, others) = answers['torch'], answers['jax']
        worst = max([abs(loss - other_loss) / loss] + [
            apart(own[role], other[role]) for own, other in zip(gradients, others) for role in own])
        assert worst <= AGREEMENT, f'{name}: the frameworks differ by {worst}'
        loss, gradients = answers[framework]
        lists = [[{role: value.tolist() for role, value in own.items()} for own in of] for of in (parameters, gradients)]
        document = {
            'format': 'backproof-layer-case/1',
            'name': f'{framework}-{name}: {", ".join(kind for kind, *_ in layers)}, cross-entropy',
            'network': {'inputs': inputs, 'layers': [spec(*one) for one in layers], 'loss': 'cross-entropy'},
            'parameters': lists[0],
            'batch': {'inputs': x.tolist(), 'targets': t.tolist()},
            'expected': {'source': SOURCES[framework], 'dtype': 'f64', 'loss': loss, 'gradients': lists[1]},
        }
        if any(mask is not None for mask in masks):
            document['batch']['masks'] = [None if mask is None else mask.tolist() for mask in masks]
        text = layout(document) + '\n'
        assert json.loads(text) == document
        (FOLDER / f'{framework}-{name}.json').write_text(text, encoding='utf-8')
        print(f'{framework}-{name}: frameworks {worst:.1e} apart')


if __name__ == '__main__':
    main()
