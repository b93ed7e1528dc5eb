"""Answers by JAX: its functions, jax.grad and its example optimizers."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.example_libraries import optimizers

from problem import split_name, variant_of

jax.config.update('jax_enable_x64', True)
jax.config.update('jax_platforms', 'cpu')

SOURCE = f'JAX {jax.__version__} float64'

ACTIVATIONS = {
    'linear': lambda z: z,
    'relu': jax.nn.relu,
    'leaky-relu': lambda z: jax.nn.leaky_relu(z, 0.2),
    'elu': jax.nn.elu,
    'selu': jax.nn.selu,
    'softplus': jax.nn.softplus,
    'sigmoid': jax.nn.sigmoid,
    'tanh': jnp.tanh,
    'swish': jax.nn.swish,
    # The default is the approximation with tanh; this is the exact one.
    'gelu': lambda z: jax.nn.gelu(z, approximate=False),
    'softmax': jax.nn.softmax,
    'ratio': lambda z: (
        jax.nn.relu(z) / jax.nn.relu(z).sum(axis=1, keepdims=True)),
}

# From our hyperparameters to the framework's optimizer.
OPTIMIZERS = {
    'sgd': lambda o: optimizers.sgd(rate(o)),
    'momentum': lambda o: optimizers.momentum(
        rate(o), o['momentum']),
    'nesterov': lambda o: optimizers.nesterov(
        rate(o), o['momentum']),
    'rmsprop': lambda o: optimizers.rmsprop(
        rate(o), o['decay'], o['epsilon']),
    'adam': lambda o: optimizers.adam(
        rate(o), o['beta1'], o['beta2'], o['epsilon']),
    'adamax': lambda o: optimizers.adamax(
        rate(o), o['beta1'], o['beta2'], o['epsilon']),
}


def rate(o):
    """The learning rate, or the framework's schedule of it."""
    if 'schedule' not in o:
        return o['learningRate']
    kind, number = o['schedule'].split(':')
    if kind == 'inverse':
        return optimizers.inverse_time_decay(
            o['learningRate'], 1, float(number))
    return lambda t: o['learningRate'] * 0.5 * (
        1 + jnp.cos(jnp.pi * t / int(number)))



# According to the source of jax.example_libraries.optimizers, all are
# defined as in TensorFlow.js.
DIFFERS = {}


def forward(case, parameters, x):
    """All scores z (B, units), layer 1 first; x becomes the output."""
    scores = []
    for name, (weights, bias) in zip(case.layers, parameters):
        scores.append(x @ weights + bias)
        x = activation(name)(scores[-1])
    return scores, x


def activation(name):
    plain, numbers = split_name(name)
    if not numbers:
        return ACTIVATIONS[name]
    function = {'leaky-relu': jax.nn.leaky_relu, 'elu': jax.nn.elu}[plain]
    return lambda z: function(z, float(numbers[0]))


def huber(e, delta):
    size = jnp.abs(e)
    return jnp.where(size <= delta, e ** 2 / 2, delta * (size - delta / 2))


# From outputs and targets.
LOSSES = {
    'mse': lambda p, t: jnp.mean((p - t) ** 2),
    'half-squared-error': lambda p, t: jnp.mean(
        jnp.sum((p - t) ** 2, axis=1) / 2),
    'mean-absolute-error': lambda p, t: jnp.mean(jnp.abs(p - t)),
    'hinge': lambda p, t: jnp.mean(jax.nn.relu(1 - (2 * t - 1) * p)),
    'squared-hinge': lambda p, t: jnp.mean(
        jax.nn.relu(1 - (2 * t - 1) * p) ** 2),
}


def loss_of(case, parameters, x, t):
    scores, output = forward(case, parameters, x)
    of_data = loss_of_data(case, scores[-1], output, t)
    return of_data + sum(
        penalty(p, tensor, len(x)) for p in case.penalties
        for n, layer in enumerate(parameters) if n + 1 in p.get(
            'layers', range(1, len(parameters) + 1))
        for tensor in layer[:2 if p.get('biases') else 1])


def penalty(p, tensor, examples):
    factor = p['strength'] * (0.5 if p.get('half') else 1)
    factor /= examples if p.get('overBatch') else 1
    return factor * jnp.sum(
        tensor ** 2 if p['kind'] == 'l2' else jnp.abs(tensor))


def loss_of_data(case, z, output, t):
    plain, numbers = split_name(case.loss)
    if plain == 'huber':
        return jnp.mean(huber(output - t, float(numbers[0]) if numbers
                              else 1.0))
    if plain == 'binary-cross-entropy':
        return -jnp.mean(t * jax.nn.log_sigmoid(z)
                         + (1 - t) * jax.nn.log_sigmoid(-z))
    if plain != 'cross-entropy':
        return LOSSES[plain](output, t)
    smoothing, weights = variant_of(numbers, t.shape[1])
    t = t * (1 - smoothing) + smoothing / t.shape[1]
    logp = jax.nn.log_softmax(z)
    return jnp.mean(-jnp.sum(t * jnp.asarray(weights) * logp, axis=1))


def arrays(parameters):
    return [tuple(np.asarray(p) for p in layer) for layer in parameters]


def scores(case, numbers):
    """The scores of every layer, for their distance from kinks."""
    return [np.asarray(z) for z in
            forward(case, numbers.parameters, numbers.inputs)[0]]


def loss_function(case, numbers):
    """From parameters to (loss, gradients)."""
    x, t = jnp.asarray(numbers.inputs), jnp.asarray(numbers.targets)
    return jax.value_and_grad(lambda p: loss_of(case, p, x, t))


def gradients(case, numbers):
    """The loss, and its gradient by jax.grad in the form of parameters."""
    parameters = jax.tree.map(jnp.asarray, numbers.parameters)
    loss, grads = loss_function(case, numbers)(parameters)
    return float(loss), arrays(grads)


def train(case, numbers, optimizer, steps, variant):
    """The loss before each step, and the parameters after every step."""
    init, update, get_parameters = OPTIMIZERS[variant](optimizer)
    loss_and_grads = loss_function(case, numbers)
    state = init(jax.tree.map(jnp.asarray, numbers.parameters))
    losses, path = [], []
    for step in range(steps):
        loss, grads = loss_and_grads(get_parameters(state))
        if 'clipNorm' in optimizer:
            grads = optimizers.clip_grads(grads, optimizer['clipNorm'])
        if 'clipValue' in optimizer:
            grads = jax.tree.map(lambda g: jnp.clip(
                g, -optimizer['clipValue'], optimizer['clipValue']), grads)
        state = update(step, grads, state)
        losses.append(float(loss))
        path.append(arrays(get_parameters(state)))
    return losses, path
