"""Checks gradients with the checkers of PyTorch, JAX and SciPy.

gradients.py FILE: FILE is what bench.ts writes, the functions of functions.ts
with their data and parameters. Prints one line of JSON: a list of
{checker, function, precision, mistake, accepted, evaluations, seconds}.
"""

import json
import sys
import time
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import scipy.optimize
import torch
from jax.test_util import check_grads

jax.config.update('jax_enable_x64', True)
torch.set_num_threads(1)
warnings.filterwarnings('ignore')

ROWS = np.arange(8)
LABELS = ROWS % 5


def logistic(xp, p, data):
    z = data['X'] @ p[:30] + p[30]
    return xp.mean(xp.log1p(xp.exp(-abs(z))) + z * (z > 0) - data['y'] * z)


def network(xp, p, data):
    W1, b1 = p[:320].reshape(20, 16), p[320:336]
    W2, b2 = p[336:416].reshape(16, 5), p[416:]
    z = xp.tanh(data['X'] @ W1 + b1) @ W2 + b2
    most = z.max() if xp is not torch else z.detach().max()
    rows = xp.log(xp.sum(xp.exp(z - most), 1)) + most
    return xp.mean(rows - z[ROWS, LABELS])


def attention(xp, p, data):
    Q, K, V = p.reshape(3, 8, 6)
    s = Q @ K.T / 6 ** 0.5
    e = xp.exp(s - s.max() if xp is not torch else s - s.detach().max())
    e = xp.tril(e)
    w = e / xp.sum(e, 1)[:, None]
    return xp.sum((w @ V) * data['c'])


FUNCTIONS = {'logistic regression': logistic,
             'tanh network 20-16-5': network, 'causal attention': attention}


def mistaken(name, g, p):
    g = np.array(g)
    if name == 'twice':
        g *= 2
    elif name == 'negated':
        g *= -1
    elif name == 'times 1.001':
        g *= 1.001
    elif name == 'the last entry zero':
        g[-1] = 0
    elif name.startswith('one entry'):
        g[7] *= {'1 %': 1.01, '1e-4': 1.0001, '1e-7': 1 + 1e-7}[
            name[len('one entry '):-len(' off')]]
    elif name == 'two entries exchanged':
        g[[7, 8]] = g[[8, 7]]
    elif name == 'weight decay left in':
        g = g + (1e-3 * np.array(p)).astype(g.dtype)
    return g


def with_torch(f, data, at, dtype, mistake, fast):
    kind = torch.float64 if dtype == 'f64' else torch.float32
    data = {k: torch.tensor(v, dtype=kind) for k, v in data.items()}
    count = [0]

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, p):
            count[0] += 1
            ctx.save_for_backward(p)
            return f(torch, p, data)

        @staticmethod
        def backward(ctx, dy):
            p, = ctx.saved_tensors
            with torch.enable_grad():
                x = p.detach().requires_grad_()
                g, = torch.autograd.grad(f(torch, x, data), x)
            g = mistaken(mistake, g.numpy(), p.detach().numpy())
            return dy * torch.tensor(g, dtype=kind)

    p = torch.tensor(at, dtype=kind, requires_grad=True)
    return torch.autograd.gradcheck(Wrong.apply, [p], fast_mode=fast,
                                    raise_exception=False), count[0]


def with_jax(f, data, at, dtype, mistake):
    kind = jnp.float64 if dtype == 'f64' else jnp.float32
    data = {k: jnp.array(v, dtype=kind) for k, v in data.items()}
    count = [0]

    @jax.custom_vjp
    def wrong(p):
        count[0] += 1
        return f(jnp, p, data)

    def backward(p, dy):
        g = jax.grad(lambda x: f(jnp, x, data))(p)
        return dy * jnp.array(mistaken(mistake, g, p), dtype=kind),

    wrong.defvjp(lambda p: (wrong(p), p), backward)
    try:
        check_grads(wrong, [jnp.array(at, dtype=kind)], 1, modes=['rev'])
        return True, count[0]
    except AssertionError:
        return False, count[0]


def with_scipy(f, data, at, dtype, mistake):
    kind = np.float64 if dtype == 'f64' else np.float32
    data = {k: np.array(v, dtype=kind) for k, v in data.items()}
    tensors = {k: torch.tensor(v) for k, v in data.items()}
    count = [0]

    def value(p):
        count[0] += 1
        return f(np, p.astype(kind), data)

    def gradient(p):
        x = torch.tensor(p.astype(kind), requires_grad=True)
        g, = torch.autograd.grad(f(torch, x, tensors), x)
        return mistaken(mistake, g.numpy(), p)

    at = np.array(at)
    # it answers a distance, and says of no distance that it is wrong: a
    # user's threshold
    apart = scipy.optimize.check_grad(value, gradient, at)
    return bool(apart <= 1e-4 * np.linalg.norm(gradient(at))), count[0]


def main(file):
    with open(file, encoding='utf-8') as source:
        asked = json.load(source)
    checkers = {
        'torch.autograd.gradcheck': lambda *a: with_torch(*a, False),
        'torch.autograd.gradcheck, fast': lambda *a: with_torch(*a, True),
        'jax.test_util.check_grads': with_jax,
        'scipy.optimize.check_grad': with_scipy,
    }
    found = []
    for checker, check in checkers.items():
        for one in asked['functions']:
            for dtype in ['f64', 'f32']:
                for mistake in asked['mistakes']:
                    start = time.perf_counter()
                    accepted, evaluations = check(
                        FUNCTIONS[one['name']], one['data'], one['at'],
                        dtype, mistake)
                    found.append({
                        'checker': checker, 'function': one['name'],
                        'precision': dtype, 'mistake': mistake,
                        'accepted': bool(accepted),
                        'evaluations': evaluations,
                        'seconds': time.perf_counter() - start})
    print(json.dumps(found))


main(sys.argv[1])
