"""Checks one gradient: gradient_checks.py torch-full | torch-fast | jax FOLDER.

FOLDER holds a network of relu layers with softmax and cross-entropy, and one
batch; scripts/bench/verdict/problem.ts writes it. Prints one line of JSON,
see scripts/bench/verdict/answer.ts. torch-full evaluates the loss twice per
parameter, so that of a large network it checks a sample: the first entries
of the last layer's weights.
"""

import atexit
import json
import os
import resource
import sys
import time
from importlib import metadata
from pathlib import Path

import numpy as np


def read_problem(folder):
    """The description, x (B, D), t (B, K), and a (W (I, O), b (O)) per layer,
    in binary64."""
    def numbers(name):
        return np.fromfile(folder / name, '<f4').astype(np.float64)

    problem = json.loads((folder / 'problem.json').read_text('utf-8'))
    network, count = problem['network'], problem['examples']
    widths = [network['inputs'], *(x['units'] for x in network['layers'])]
    flat, layers = numbers('parameters.f32'), []
    for fan_in, units in zip(widths, widths[1:]):
        weights, bias, flat = np.split(flat, [fan_in * units,
                                              (fan_in + 1) * units])
        layers.append((weights.reshape(fan_in, units), bias))
    return (problem, numbers('inputs.f32').reshape(count, -1),
            numbers('targets.f32').reshape(count, -1), layers)


def torch_loss(x, targets):
    import torch
    x, targets = torch.tensor(x), torch.tensor(targets)

    def loss(*flat):
        a, layers = x, list(zip(flat[::2], flat[1::2]))
        for weights, bias in layers[:-1]:
            a = torch.relu(a @ weights + bias)
        weights, bias = layers[-1]
        return torch.nn.functional.cross_entropy(a @ weights + bias, targets)
    return loss


def torch_fast(problem, x, targets, layers):
    import torch
    flat = [torch.tensor(v, requires_grad=True) for lay in layers for v in lay]
    count = sum(v.numel() for v in flat)
    start = time.perf_counter()
    agree = torch.autograd.gradcheck(torch_loss(x, targets), flat,
                                     fast_mode=True, raise_exception=False)
    seconds = time.perf_counter() - start
    return agree, count, count, seconds, seconds


def torch_full(problem, x, targets, layers):
    import torch
    loss = torch_loss(x, targets)
    flat = [torch.tensor(v) for lay in layers for v in lay]
    count = sum(v.numel() for v in flat)
    if problem['sample'] is None:
        for v in flat:
            v.requires_grad_()
        start = time.perf_counter()
        agree = torch.autograd.gradcheck(loss, flat, raise_exception=False)
        seconds = time.perf_counter() - start
        return agree, count, count, seconds, seconds

    *rest, weights, bias = flat
    entries = weights.reshape(-1)

    def check(size):
        """Of the first entries of the last weights."""
        def of_part(part):
            whole = torch.cat([part, entries[size:]]).reshape(weights.shape)
            return loss(*rest, whole, bias)
        part = entries[:size].clone().requires_grad_()
        start = time.perf_counter()
        agree = torch.autograd.gradcheck(of_part, [part],
                                         raise_exception=False)
        return agree, time.perf_counter() - start

    sample = min(problem['sample'], len(entries))
    warm, first = check(1)
    _, one = check(1)
    agree, several = check(sample)
    each = max(0.0, several - one) / (sample - 1)
    return (agree and warm, sample, count, first + one + several,
            one + each * (count - 1))


def jax_check(problem, x, targets, layers):
    import jax
    import jax.numpy as jnp
    from jax.test_util import check_grads
    jax.config.update('jax_enable_x64', True)

    def loss(layers):
        a = x
        for weights, bias in layers[:-1]:
            a = jax.nn.relu(a @ weights + bias)
        weights, bias = layers[-1]
        log_p = jax.nn.log_softmax(a @ weights + bias)
        return -jnp.mean(jnp.sum(targets * log_p, axis=1))

    count = sum(v.size for lay in layers for v in lay)
    layers = jax.tree.map(jnp.asarray, layers)
    start = time.perf_counter()
    agree = True
    try:
        # A step as PyTorch's: JAX's own, 1e-4, crosses kinks of relu.
        check_grads(loss, (layers,), order=1, modes=('rev',), eps=1e-6)
    except AssertionError:
        agree = False
    seconds = time.perf_counter() - start
    return agree, count, count, seconds, seconds


CHECKS = {'torch-full': (torch_full, ('torch',)),
          'torch-fast': (torch_fast, ('torch',)),
          'jax': (jax_check, ('jax', 'jaxlib'))}


def write_usage():
    """As usage.mjs does for processes of Node."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    unit = 1 if sys.platform == 'darwin' else 1024
    line = {'cpuSeconds': usage.ru_utime + usage.ru_stime,
            'peakBytes': usage.ru_maxrss * unit}
    with open(os.environ['BACKPROOF_BENCH_USAGE'], 'a', encoding='utf-8') as f:
        print(json.dumps(line), file=f)


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in CHECKS:
        sys.exit(f'usage: gradient_checks.py {" | ".join(CHECKS)} FOLDER')
    if 'BACKPROOF_BENCH_USAGE' in os.environ:
        atexit.register(write_usage)
    check, packages = CHECKS[sys.argv[1]]
    agree, checked, count, spent, whole = check(
        *read_problem(Path(sys.argv[2])))
    print(json.dumps({'agree': bool(agree), 'checked': checked, 'of': count,
                      'spent': spent, 'whole': whole,
                      'versions': {p: metadata.version(p) for p in packages}}))


if __name__ == '__main__':
    main()
