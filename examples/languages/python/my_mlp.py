"""A multilayer perceptron with backpropagation written by hand in Python (3.9 or later), with nothing but its
standard library, as a program that backproof checks:

    npx backproof gradcheck --candidate-command "python3 examples/languages/python/my_mlp.py" --dataset xor

Each backward function stands below its forward function. Matrices are lists of rows; B examples, I inputs of a layer,
O its units, K outputs of the network. With --mistake it makes the mistake that ../../README.md shows.
"""

import json
import re
import sys
from math import exp, log, sqrt, tanh
from operator import mul

MISTAKE = '--mistake' in sys.argv


# A dense layer: z = x W + b           x (B, I)   W (I, O)   b (O)   z (B, O)

def dense(x, W, b):
    z = []
    for row in x:
        total = b
        for value, weights in zip(row, W):
            if value != 0:  # four of five pixels of MNIST are 0
                total = [t + value * w for t, w in zip(total, weights)]
        z.append(total)
    return z


def dense_backward(dz, x):  # dW (I, O) = xᵀ dz   db (O) = Σ_b dz
    dW = [[0.0] * len(dz[0]) for _ in x[0]]
    for row, d in zip(x, dz):
        for i, value in enumerate(row):
            if value != 0:
                dW[i] = [g + value * dzi for g, dzi in zip(dW[i], d)]
    db = [sum(column) for column in zip(*dz)]
    if MISTAKE:
        db = dz[0]
    return dW, db


def dense_backward_inputs(dz, W):  # dx (B, I) = dz Wᵀ
    return [[sum(map(mul, d, weights)) for weights in W] for d in dz]


# Activations: a from a score z; and da/dz from z and a.

def sigmoid(z):  # exp of a number that is not positive: it cannot overflow
    return 1 / (1 + exp(-z)) if z >= 0 else exp(z) / (1 + exp(z))


ACTIVATION = {
    'linear': (lambda z: z, lambda z, a: 1.0),
    'relu': (lambda z: max(0.0, z), lambda z, a: 1.0 if z > 0 else 0.0),
    'sigmoid': (sigmoid, lambda z, a: a * (1 - a)),
    'tanh': (tanh, lambda z, a: 1 - a * a),
}


def activate(name, z):  # a (B, O)
    forward, _ = ACTIVATION[name]
    return [[forward(zi) for zi in row] for row in z]


def activate_backward(name, da, z, a):  # dz (B, O) = da · da/dz
    _, slope = ACTIVATION[name]
    return [[d * slope(zi, ai) for d, zi, ai in zip(*rows)] for rows in zip(da, z, a)]


# Outputs with their losses, means over the batch.    z, p and targets t (B, K)

def log_softmax(row):  # log p = z - log Σ e^z; the largest score is subtracted first, so that exp cannot overflow
    largest = max(row)
    total = largest + log(sum(exp(zi - largest) for zi in row))
    return [zi - total for zi in row]


def softmax(z):  # p (B, K)
    return [[exp(logp) for logp in log_softmax(row)] for row in z]


def cross_entropy(z, t):  # L = -1/B Σ_b Σ_k t log p
    return -sum(sum(map(mul, ti, log_softmax(zi))) for zi, ti in zip(z, t)) / len(t)


def cross_entropy_backward(p, t):  # dz (B, K) = (p - t) / B, softmax included
    return [[(pi - ti) / len(t) for pi, ti in zip(*rows)] for rows in zip(p, t)]


def mse(p, t):  # L = 1/(B K) Σ_b Σ_k (p - t)²
    return sum((pi - ti) * (pi - ti) for rows in zip(p, t) for pi, ti in zip(*rows)) / (len(t) * len(t[0]))


def mse_backward(p, t):  # dp (B, K) = 2 (p - t) / (B K)
    return [[2 * (pi - ti) / (len(t) * len(t[0])) for pi, ti in zip(*rows)] for rows in zip(p, t)]


# The whole network.

def forward(network, parameters, x):
    """One (x, z, a) per layer: what entered it, its scores, and its activations."""
    kept = []
    for layer, learnt in zip(network['layers'], parameters):
        z = dense(x, learnt['weights'], learnt['bias'])
        a = softmax(z) if layer['activation'] == 'softmax' else activate(layer['activation'], z)
        kept.append((x, z, a))
        x = a
    return kept


def loss_and_gradients(network, parameters, inputs, targets):
    kept = forward(network, parameters, inputs)
    _, z, p = kept[-1]
    if network['loss'] == 'cross-entropy':
        loss, d = cross_entropy(z, targets), cross_entropy_backward(p, targets)
    else:
        loss, d = mse(p, targets), mse_backward(p, targets)
    gradients = []
    for l in reversed(range(len(kept))):
        x, z, a = kept[l]
        name = network['layers'][l]['activation']
        dz = d if name == 'softmax' else activate_backward(name, d, z, a)
        dW, db = dense_backward(dz, x)
        gradients.insert(0, {'weights': dW, 'bias': db})
        if l > 0:  # the gradient of the inputs is not needed
            d = dense_backward_inputs(dz, parameters[l]['weights'])
    return loss, gradients


# Optimizers: one step changes the rows w by their gradients g and returns what the next step needs.

def sgd(w, g, state, t, o):  # w ← w - lr g
    for wr, gr in zip(w, g):
        wr[:] = [wi - o['learningRate'] * gi for wi, gi in zip(wr, gr)]
    return None


def momentum(w, g, state, t, o):  # v ← m v + g,   w ← w - lr v
    v = state or [[0.0] * len(row) for row in w]
    v = [[o['momentum'] * vi + gi for vi, gi in zip(*rows)] for rows in zip(v, g)]
    sgd(w, v, None, t, o)
    return v


def adam(w, g, state, t, o):  # w ← w - lr m̂ / (√v̂ + ε)
    beta1, beta2 = o['beta1'], o['beta2']
    m, v = state or [[[0.0] * len(row) for row in w] for _ in range(2)]
    m = [[beta1 * mi + (1 - beta1) * gi for mi, gi in zip(*rows)] for rows in zip(m, g)]
    v = [[beta2 * vi + (1 - beta2) * gi * gi for vi, gi in zip(*rows)] for rows in zip(v, g)]
    c1, c2 = 1 - beta1**t, 1 - beta2**t  # both moments start at 0, so the first ones are too small
    step = [[(mi / c1) / (sqrt(vi / c2) + o['epsilon']) for mi, vi in zip(*rows)] for rows in zip(m, v)]
    sgd(w, step, None, t, o)
    return [m, v]


OPTIMIZER = {'sgd': sgd, 'momentum': momentum, 'adam': adam}


# The protocol: one request per line, one answer per line. docs/protocol.md describes both.

def require(name, known, what):
    if name not in known:
        raise ValueError(f'{what} {name} is not implemented')


def check(network):
    """Refuses a network that the code above cannot compute."""
    *hidden, last = [layer['activation'] for layer in network['layers']]
    for name in hidden:
        require(name, ACTIVATION, 'activation')
    require(network['loss'], ('cross-entropy', 'mse'), 'loss')
    outputs = ('softmax',) if network['loss'] == 'cross-entropy' else ACTIVATION
    require(last, outputs, f"with {network['loss']} an output of")


def rows(layers):
    """Every row of the weights, and every bias."""
    return [row for layer in layers for row in [*layer['weights'], layer['bias']]]


def describe(_):
    can = ['gradients', 'predict', 'applyGradients']
    return {'protocol': 'backproof-candidate/1', 'name': 'my mlp in Python', 'conventions': {}, 'can': can}


def gradients(request):
    check(request['network'])
    given = (request[name] for name in ('network', 'parameters', 'inputs', 'targets'))
    loss, found = loss_and_gradients(*given)
    return {'loss': loss, 'gradients': found}


def predict(request):
    check(request['network'])
    _, _, p = forward(request['network'], request['parameters'], request['inputs'])[-1]
    return {'outputs': p}


def apply_gradients(request):
    parameters, optimizer = request['parameters'], request['optimizer']
    require(optimizer['id'], OPTIMIZER, 'optimizer')
    update = OPTIMIZER[optimizer['id']]
    state = update(rows(parameters), rows(request['gradients']), request.get('state'), request['step'], optimizer)
    return {'parameters': parameters, 'state': state}


ANSWER = {'describe': describe, 'gradients': gradients, 'predict': predict, 'applyGradients': apply_gradients}


def answer(line):
    number = None
    try:
        request = json.loads(re.sub(r'"(NaN|-?Infinity)"', r'\1', line))
        number = request['id']
        require(request['request'], ANSWER, 'request')
        return {'id': number, **ANSWER[request['request']](request)}
    except ValueError as error:
        return {'id': number, 'error': str(error)}
    except Exception as error:  # a bug here, or a request of another form: the type says more than the message
        return {'id': number, 'error': f'{type(error).__name__}: {error}'}


for line in sys.stdin:
    # json writes a number so that it reads back as the same one
    print(json.dumps(answer(line), separators=(',', ':')), flush=True)
