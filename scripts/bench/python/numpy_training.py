"""NumPy: forward and backward pass written by hand in binary32, with products
by OpenBLAS. Each derivative is below its activation, in terms of a = f(z).

Letters: B examples per batch, D inputs, I and O a layer's inputs and units.
"""

import numpy as np

LABEL = 'NumPy'
PACKAGES = ('numpy',)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# From z to a, and da/dz in a.
ACTIVATIONS = {
    'linear': (lambda z: z, lambda a: np.ones_like(a)),
    'relu': (lambda z: np.maximum(z, 0),
             lambda a: a > 0),  # relu'(0) = 0
    'sigmoid': (sigmoid, lambda a: a * (1 - a)),
    'tanh': (np.tanh, lambda a: 1 - a * a),
}


def note(_task):
    return 'backpropagation written by hand'


def cross_entropy(z, t):
    """-mean_b sum_k t log softmax(z), and its gradient dz (B, K)."""
    z = z - z.max(axis=1, keepdims=True)
    p = np.exp(z)
    total = p.sum(axis=1, keepdims=True)
    loss = np.sum(t * (np.log(total) - z)) / len(z)
    return loss, (p / total - t) / len(z)


def mean_squared_error(a, t):
    """The mean of (a - t)^2, and its gradient da (B, K)."""
    return np.mean((a - t) ** 2), 2 * (a - t) / a.size


def sgd(options, _step, w, g, _state):
    """w <- w - lr g"""
    g *= np.float32(options['learningRate'])
    w -= g


def adam(options, step, w, g, state):
    """Kingma & Ba 2015, Algorithm 1; epsilon after the root."""
    m, v = state
    b1, b2 = options['beta1'], options['beta2']
    m += (1 - b1) * (g - m)
    v += (1 - b2) * (g * g - v)
    root = np.sqrt(v / (1 - b2 ** step)) + options['epsilon']
    w -= options['learningRate'] / (1 - b1 ** step) * m / root


OPTIMIZERS = {'sgd': sgd, 'adam': adam}


class Training:
    def __init__(self, task):
        self.task, self.step = task, 0
        self.parameters = [(w.copy(), b.copy()) for w, b in task.parameters]
        self.state = [[(np.zeros_like(p), np.zeros_like(p)) for p in layer]
                      for layer in self.parameters]
        self.update = OPTIMIZERS[task.optimizer['id']]
        softmax = task.loss == 'cross-entropy'  # then part of the loss
        self.loss = cross_entropy if softmax else mean_squared_error
        output = 'linear' if softmax else task.output
        self.activations = [ACTIVATIONS[a] for a in [*task.hidden, output]]

    def forward(self, x):
        """x (B, D), then a of every layer (B, O)."""
        values = [x]
        for (w, b), (activation, _) in zip(self.parameters, self.activations):
            z = values[-1] @ w
            z += b
            values.append(activation(z))
        return values

    def backward(self, values, da):
        """(dW, db) of every layer, from da (B, K) of the last."""
        gradients = []
        for i in reversed(range(len(self.parameters))):
            x, a = values[i:i + 2]
            _, derivative = self.activations[i]
            dz = da * derivative(a)                        # (B, O)
            gradients.append((x.T @ dz, dz.sum(axis=0)))   # (I, O), (O)
            if i > 0:
                da = dz @ self.parameters[i][0].T          # (B, I)
        return gradients[::-1]

    def train(self, order):
        losses = []
        for positions in order:
            self.step += 1
            values = self.forward(self.task.inputs.take(positions, axis=0))
            loss, da = self.loss(values[-1], self.task.targets[positions])
            gradients = self.backward(values, da)
            for layer, states, grads in zip(self.parameters, self.state,
                                            gradients):
                for w, state, g in zip(layer, states, grads):
                    self.update(self.task.optimizer, self.step, w, g, state)
            losses.append(loss)
        return losses

    def outputs(self, positions):
        return self.forward(self.task.inputs.take(positions, axis=0))[-1]
