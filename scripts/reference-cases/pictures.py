"""Writes data/cases/torch-conv-*.json and jax-conv-*.json: networks that read
pictures, answered in float64 by PyTorch and by JAX with their own convolutions
and pools. The two must agree to 1e-11. See __main__.py for how to run it:

    /tmp/reference-cases/bin/python scripts/reference-cases/pictures.py
"""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import torch
from torch.nn import functional as F

import jax_answers
import torch_answers
from layout import layout

jax.config.update('jax_enable_x64', True)
FOLDER = Path(__file__).resolve().parents[2] / 'data' / 'cases'
AGREEMENT = 1e-11
# The least distance between the two largest numbers of a window, and of a
# score from a kink: every engine takes the same branch.
APART = 1e-3


def conv(filters, kernel, activation, stride=1, padding='valid'):
    return {'kind': 'conv2d', 'filters': filters, 'kernel': kernel,
            'stride': stride, 'padding': padding, 'activation': activation}


def pool(kind, size, stride, padding='valid'):
    return {'kind': kind, 'size': size, 'stride': stride, 'padding': padding}


FLATTEN = {'kind': 'flatten'}


def dense(units, activation):
    return {'units': units, 'activation': activation}


CASES = {
    'conv-valid': ([6, 5, 2], [conv(3, [3, 2], 'tanh'), FLATTEN,
                               dense(3, 'softmax')], 3, 1),
    'conv-same-strided': ([7, 6, 2], [
        conv(3, 3, 'sigmoid', 2, 'same'), conv(2, [2, 3], 'tanh', 1, 'same'),
        FLATTEN, dense(3, 'softmax')], 3, 2),
    'conv-max-pool': ([8, 8, 1], [
        conv(3, 3, 'relu'), pool('max-pool', 2, 2), conv(4, 2, 'tanh'),
        FLATTEN, dense(3, 'softmax')], 3, 77),
    'conv-overlapping-max-pool': ([7, 7, 2], [
        conv(3, 2, 'tanh'), pool('max-pool', 3, 2, 'same'), FLATTEN,
        dense(4, 'tanh'), dense(3, 'softmax')], 3, 4),
    'conv-average-pool': ([7, 6, 2], [
        conv(3, 2, 'tanh', 1, 'same'), pool('average-pool', 2, 2, 'same'),
        conv(2, 2, 'swish'), FLATTEN, dense(3, 'softmax')], 3, 5),
}


def padding_of(length, window, stride, padding):
    """(before, after) as TensorFlow pads."""
    if padding == 'valid':
        return 0, 0
    total = max(0, (-(-length // stride) - 1) * stride + window - length)
    return total // 2, total - total // 2


def windows(layer, shape):
    size = layer.get('kernel', layer.get('size'))
    kh, kw = size if isinstance(size, list) else (size, size)
    stride = layer['stride']
    pads = [padding_of(n, k, stride, layer['padding'])
            for n, k in zip(shape, (kh, kw))]
    return (kh, kw), stride, pads


def draw(shape, layers, batch, seed):
    rng = np.random.default_rng(seed)
    single = lambda v: np.asarray(v, dtype=np.float32).astype(np.float64)
    x = single(rng.normal(size=(batch, *shape)))
    parameters, now = [], list(shape)
    for layer in layers:
        if layer.get('kind') == 'flatten':
            parameters.append(())
            now = [int(np.prod(now))]
        elif 'units' in layer:
            W = rng.normal(size=(now[0], layer['units'])) / now[0] ** 0.5
            parameters.append((single(W), single(rng.normal(size=layer['units']) * 0.3)))
            now = [layer['units']]
        else:
            (kh, kw), s, pads = windows(layer, now)
            out = [(n + sum(p) - k) // s + 1 for n, p, k in zip(now, pads, (kh, kw))]
            if layer['kind'] == 'conv2d':
                f, c = layer['filters'], now[2]
                W = rng.normal(size=(kh, kw, c, f)) / (kh * kw * c) ** 0.5
                parameters.append((single(W), single(rng.normal(size=f) * 0.3)))
                now = [*out, f]
            else:
                parameters.append(())
                now = [*out, now[2]]
    t = np.eye(now[0])[rng.integers(now[0], size=batch)]
    return x, t, parameters


def by_torch(layers, x, t, parameters, told=None):
    p = [tuple(torch.tensor(v, requires_grad=True) for v in own) for own in parameters]
    a = torch.tensor(x)
    for layer, own in zip(layers, p):
        if layer.get('kind') == 'flatten':
            a = a.reshape(a.shape[0], -1)
            continue
        if 'units' in layer:
            z = a @ own[0] + own[1]
        else:
            (kh, kw), s, ((t0, t1), (l0, l1)) = windows(layer, a.shape[1:3])
            y = a.permute(0, 3, 1, 2)  # channels first
            if layer['kind'] == 'conv2d':
                y = F.conv2d(F.pad(y, (l0, l1, t0, t1)),
                             own[0].permute(3, 2, 0, 1), own[1], stride=s)
            elif layer['kind'] == 'max-pool':
                y = F.pad(y, (l0, l1, t0, t1), value=-torch.inf)
                if told is not None:
                    cells = y.unfold(2, kh, s).unfold(3, kw, s).flatten(-2)
                    top = cells.topk(2, dim=-1).values
                    told.append((top[..., 0] - top[..., 1]).min().item())
                y = F.max_pool2d(y, (kh, kw), s)
            else:
                ones = F.pad(torch.ones_like(y), (l0, l1, t0, t1))
                sums = F.avg_pool2d(F.pad(y, (l0, l1, t0, t1)), (kh, kw), s)
                y = sums / F.avg_pool2d(ones, (kh, kw), s)
            z = y.permute(0, 2, 3, 1)
        name = layer.get('activation', 'linear')
        if name == 'relu' and told is not None:
            told.append(z.abs().min().item())
        a = z if name == 'softmax' else torch_answers.ACTIVATIONS[name](z)
    loss = F.cross_entropy(a, torch.tensor(t))
    loss.backward()
    return loss.item(), [[v.grad.numpy() for v in own] for own in p]


def by_jax(layers, x, t, parameters):
    def loss_of(p):
        a = jnp.asarray(x)
        for layer, own in zip(layers, p):
            if layer.get('kind') == 'flatten':
                a = a.reshape(a.shape[0], -1)
                continue
            if 'units' in layer:
                z = a @ own[0] + own[1]
            else:
                size, s, pads = windows(layer, a.shape[1:3])
                whole, strides = (1, *size, 1), (1, s, s, 1)
                around = ((0, 0), *pads, (0, 0))
                add = lambda v: jax.lax.reduce_window(
                    v, 0.0, jax.lax.add, whole, strides, around)
                if layer['kind'] == 'conv2d':
                    z = jax.lax.conv_general_dilated(
                        a, own[0], (s, s), pads,
                        dimension_numbers=('NHWC', 'HWIO', 'NHWC')) + own[1]
                elif layer['kind'] == 'max-pool':
                    z = jax.lax.reduce_window(
                        a, -jnp.inf, jax.lax.max, whole, strides, around)
                else:
                    z = add(a) / add(jnp.ones_like(a))
            name = layer.get('activation', 'linear')
            a = z if name == 'softmax' else jax_answers.ACTIVATIONS[name](z)
        return jnp.mean(-jnp.sum(t * jax.nn.log_softmax(a), axis=1))
    loss, grads = jax.value_and_grad(loss_of)(
        [tuple(jnp.asarray(v) for v in own) for own in parameters])
    return float(loss), [[np.asarray(v) for v in own] for own in grads]


def as_json(parameters):
    return [dict(zip(('weights', 'bias'), (v.tolist() for v in own)))
            for own in parameters]


def main():
    for name, (shape, layers, batch, seed) in CASES.items():
        x, t, parameters = draw(shape, layers, batch, seed)
        told = []
        ours = by_torch(layers, x, t, parameters, told)
        theirs = by_jax(layers, x, t, parameters)
        assert min(told, default=1) > APART, f'{name}: near a kink, change the seed'
        flat = lambda answer: [np.array(answer[0]), *(v for own in answer[1] for v in own)]
        apart = max(np.linalg.norm(a - b) / np.linalg.norm(a)
                    for a, b in zip(flat(ours), flat(theirs), strict=True))
        assert apart <= AGREEMENT, f'{name}: {apart}'
        print(f'{name}: {apart:.1e} apart')
        for prefix, (loss, grads), source in (
                ('torch', ours, torch_answers.SOURCE),
                ('jax', theirs, jax_answers.SOURCE)):
            document = {
                'format': 'backproof-case/1',
                'name': f'{prefix}-{name}',
                'network': {'inputs': int(np.prod(shape)), 'inputShape': shape,
                            'layers': layers, 'loss': 'cross-entropy'},
                'parameters': as_json(parameters),
                'batch': {'inputs': x.reshape(batch, -1).tolist(),
                          'targets': t.tolist()},
                'expected': {'source': source, 'dtype': 'f64', 'loss': loss,
                             'gradients': as_json(grads)},
            }
            text = layout(document) + '\n'
            (FOLDER / f'{prefix}-{name}.json').write_text(text, encoding='utf-8')


if __name__ == '__main__':
    main()
