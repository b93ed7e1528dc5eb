"""JAX: all steps of a call in one jitted lax.scan, the data on the device,
the batches gathered inside the scan, parameters and optimizer state donated.

A call with a number of steps not seen before compiles. The optimizers are
written out here: JAX itself has none (optax is a package of its own).
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

LABEL = 'JAX'
PACKAGES = ('jax', 'jaxlib')

ACTIVATIONS = {'linear': lambda z: z, 'relu': jax.nn.relu,
               'sigmoid': jax.nn.sigmoid, 'tanh': jnp.tanh,
               'softmax': lambda z: z}  # inside the loss


def note(_task):
    return 'one jitted lax.scan per call, SGD and Adam written by hand'


def init_sgd(_parameters):
    return ()


def sgd(options, w, g, state):
    """w <- w - lr g"""
    lr = options['learningRate']
    return jax.tree.map(lambda w, g: w - lr * g, w, g), state


def init_adam(parameters):
    zeros = partial(jax.tree.map, jnp.zeros_like)
    return zeros(parameters), zeros(parameters), jnp.float32(0)


def adam(options, w, g, state):
    """Kingma & Ba 2015, Algorithm 1; epsilon after the root."""
    (m, v, t), lr = state, options['learningRate']
    b1, b2, epsilon = (options[k] for k in ('beta1', 'beta2', 'epsilon'))
    t = t + 1
    m = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, m, g)
    v = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, v, g)
    c1, c2 = 1 - b1 ** t, 1 - b2 ** t
    w = jax.tree.map(
        lambda w, m, v: w - lr * (m / c1) / (jnp.sqrt(v / c2) + epsilon),
        w, m, v)
    return w, (m, v, t)


OPTIMIZERS = {'sgd': (init_sgd, sgd), 'adam': (init_adam, adam)}


class Training:
    def __init__(self, task):
        self.task = task
        self.x = jax.device_put(task.inputs)   # (N, D)
        self.t = jax.device_put(task.targets)  # (N, K)
        init, update = OPTIMIZERS[task.optimizer['id']]
        parameters = jax.tree.map(jnp.array, task.parameters)  # copies
        self.state = parameters, init(parameters)
        activations = [ACTIVATIONS[a] for a in [*task.hidden, task.output]]

        def forward(parameters, x):
            for (weights, bias), activation in zip(parameters, activations):
                x = activation(x @ weights + bias)
            return x

        def loss_of(parameters, x, t):
            output = forward(parameters, x)
            if task.loss == 'mse':
                return jnp.mean((output - t) ** 2)
            return -jnp.mean(jnp.sum(t * jax.nn.log_softmax(output), axis=1))

        def run(state, x, t, order):
            def step(state, positions):
                parameters, inner = state
                loss, gradients = jax.value_and_grad(loss_of)(
                    parameters, x[positions], t[positions])
                return update(task.optimizer, parameters, gradients,
                              inner), loss
            return jax.lax.scan(step, state, order)

        self.run = jax.jit(run, donate_argnums=0)
        self.forward = jax.jit(lambda p, x, positions: forward(
            p, x[positions]))

    def train(self, order):
        self.state, losses = self.run(self.state, self.x, self.t,
                                      order.astype(np.int32))
        jax.block_until_ready(self.state)
        return np.asarray(losses).tolist()

    def outputs(self, positions):
        return np.asarray(self.forward(self.state[0], self.x,
                                       positions.astype(np.int32)))
