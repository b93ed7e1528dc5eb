"""A multilayer perceptron with backpropagation written by hand in NumPy, as a program that backproof checks:

    npx backproof gradcheck --candidate-command "python3 examples/languages/numpy/my_mlp.py" --dataset xor

Each backward function stands below its forward function. B examples, I inputs of a layer, O its units, K outputs
of the network. With --mistake it makes the mistake that ../../README.md shows.
"""

import json
import sys

import numpy as np

MISTAKE = '--mistake' in sys.argv


# A dense layer: z = x W + b           x (B, I)   W (I, O)   b (O)   z (B, O)

def dense(x, W, b):
    return x @ W + b


def dense_backward(dz, x, W):  # dW (I, O) = xᵀ dz   db (O) = Σ_b dz   dx (B, I) = dz Wᵀ
    dW = x.T @ dz
    db = dz.sum(axis=0)
    if MISTAKE:
        db = dz.mean(axis=0)
    dx = dz @ W.T
    return dW, db, dx


# Activations: a (B, O) from the scores z (B, O); and dz from da, z and a.

def sigmoid(z):  # exp of a number that is not positive: it cannot overflow
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


ACTIVATION = {
    'linear': (lambda z: z, lambda da, z, a: da),
    'relu': (lambda z: np.maximum(z, 0), lambda da, z, a: da * (z > 0)),
    'sigmoid': (sigmoid, lambda da, z, a: da * a * (1 - a)),
    'tanh': (np.tanh, lambda da, z, a: da * (1 - a * a)),
}


# Outputs with their losses, means over the batch.     z, p and targets t (B, K)

def log_softmax(z):  # the largest score is subtracted first, so that exp cannot overflow
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def softmax(z):
    return np.exp(log_softmax(z))


def cross_entropy(z, t):  # L = -1/B Σ_b Σ_k t log softmax(z)
    return -(t * log_softmax(z)).sum() / len(t)


def cross_entropy_backward(p, t):  # dz (B, K) = (p - t) / B: this is the derivative of softmax and loss together
    return (p - t) / len(t)


def mse(p, t):  # L = 1/(B K) Σ_b Σ_k (p - t)²
    return np.square(p - t).mean()


def mse_backward(p, t):  # dp (B, K) = 2 (p - t) / (B K)
    return 2 * (p - t) / t.size


# The whole network. Parameters and gradients: one (W, b) per layer, from the input on.

def forward(activations, parameters, x):
    """One (x, z, a) per layer: what entered it, its scores, and its activations."""
    cache = []
    for name, (W, b) in zip(activations, parameters):
        z = dense(x, W, b)
        a = softmax(z) if name == 'softmax' else ACTIVATION[name][0](z)
        cache.append((x, z, a))
        x = a
    return cache


def backward(activations, parameters, cache, t):
    gradients = []
    d = None  # the gradient of the loss with respect to a of this layer
    for name, (W, _), (x, z, a) in reversed(list(zip(activations, parameters, cache))):
        if name == 'softmax':
            dz = cross_entropy_backward(a, t)
        else:
            dz = ACTIVATION[name][1](mse_backward(a, t) if d is None else d, z, a)
        dW, db, d = dense_backward(dz, x, W)
        gradients.insert(0, (dW, db))
    return gradients


# Optimizers: one step changes w by its gradient g and returns what the next step needs.

def sgd(w, g, state, t, o):  # w ← w - lr g
    w -= o['learningRate'] * g


def momentum(w, g, v, t, o):  # v ← m v + g,   w ← w - lr v
    v = o['momentum'] * (0 if v is None else np.array(v)) + g
    w -= o['learningRate'] * v
    return v


def adam(w, g, state, t, o):  # w ← w - lr m̂ / (√v̂ + ε)
    m, v = np.zeros((2, *w.shape)) if state is None else np.array(state)
    m = o['beta1'] * m + (1 - o['beta1']) * g
    v = o['beta2'] * v + (1 - o['beta2']) * g * g
    m_hat, v_hat = m / (1 - o['beta1']**t), v / (1 - o['beta2']**t)  # t is 1 at the first step
    w -= o['learningRate'] * m_hat / (np.sqrt(v_hat) + o['epsilon'])
    return np.stack([m, v])


OPTIMIZER = {'sgd': sgd, 'momentum': momentum, 'adam': adam}


# The protocol: one request per line, one answer per line. docs/protocol.md describes both.

def require(name, known, what):
    if name not in known:
        raise ValueError(f'{what} {name} is not implemented')


def activations_of(network):
    """The activations of all layers. Refuses a network that the code above cannot compute."""
    *hidden, last = [layer['activation'] for layer in network['layers']]
    for name in hidden:
        require(name, ACTIVATION, 'activation')
    require(network['loss'], ('cross-entropy', 'mse'), 'loss')
    require(last, ('softmax',) if network['loss'] == 'cross-entropy' else ACTIVATION, 'this output with this loss:')
    return [*hidden, last]


def layers_of(layers):
    return [(np.array(layer['weights'], float), np.array(layer['bias'], float)) for layer in layers]


def layers_to(layers):
    return [{'weights': W.tolist(), 'bias': b.tolist()} for W, b in layers]


def describe(_):
    can = ['gradients', 'predict', 'applyGradients']
    return {'protocol': 'backproof-candidate/1', 'name': 'my mlp in NumPy', 'conventions': {}, 'can': can}


def gradients(request):
    activations, parameters = activations_of(request['network']), layers_of(request['parameters'])
    t = np.array(request['targets'], float)
    cache = forward(activations, parameters, np.array(request['inputs'], float))
    _, z, p = cache[-1]
    loss = cross_entropy(z, t) if request['network']['loss'] == 'cross-entropy' else mse(p, t)
    return {'loss': float(loss), 'gradients': layers_to(backward(activations, parameters, cache, t))}


def predict(request):
    activations, parameters = activations_of(request['network']), layers_of(request['parameters'])
    _, _, p = forward(activations, parameters, np.array(request['inputs'], float))[-1]
    return {'outputs': p.tolist()}


def apply_gradients(request):
    optimizer, t = request['optimizer'], request['step']
    require(optimizer['id'], OPTIMIZER, 'optimizer')
    update = OPTIMIZER[optimizer['id']]
    parameters, found = layers_of(request['parameters']), layers_of(request['gradients'])
    pairs = [pair for layer, d in zip(parameters, found) for pair in zip(layer, d)]
    state = request.get('state') or [None] * len(pairs)
    state = [update(w, g, s, t, optimizer) for (w, g), s in zip(pairs, state)]
    return {'parameters': layers_to(parameters), 'state': [None if s is None else s.tolist() for s in state]}


ANSWER = {'describe': describe, 'gradients': gradients, 'predict': predict, 'applyGradients': apply_gradients}


def answer(line):
    number = None
    try:
        request = json.loads(line)
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
