"""Reads a task folder into NumPy arrays; computes the loss of outputs.

N examples, D inputs, K classes, B examples per batch, S steps.
"""

from dataclasses import dataclass

import numpy as np

# The tables of every framework cover all of these.
ACTIVATIONS = ('linear', 'relu', 'sigmoid', 'tanh')
OPTIMIZERS = ('sgd', 'adam')


class Unable(Exception):
    """The task needs something that is not supported here."""


@dataclass(frozen=True)
class Task:
    inputs: np.ndarray   # (N, D) binary32
    labels: np.ndarray   # (N) class numbers
    targets: np.ndarray  # (N, K) binary32, one-hot
    order: np.ndarray    # (S, B) positions
    parameters: list     # of (W (I, O), b (O)), layer 1 first
    hidden: list         # activation of each layer but the last
    output: str          # activation of the last
    loss: str            # 'cross-entropy' or 'mse'
    optimizer: dict
    threads: int | None


def read_task(folder, document):
    """`document` is the content of task.json. Raises ValueError if a file has
    another size than it states, Unable if the task is not supported."""
    network, count = document['network'], document['examples']
    widths = [network['inputs'], *(x['units'] for x in network['layers'])]
    *hidden, output = [x['activation'] for x in network['layers']]
    for activation in hidden:
        require(activation, ACTIVATIONS, 'hidden activation')
    require(document['optimizer']['id'], OPTIMIZERS, 'optimizer')
    if network['loss'] == 'cross-entropy':
        require(output, ('softmax',), 'output with cross-entropy')
    else:
        require(output, ACTIVATIONS, 'output with mse')

    def numbers(name, kind, size):
        values = np.fromfile(folder / name, kind)
        if values.size != size:
            raise ValueError(f'{name}: expected {size} numbers, '
                             f'got {values.size}')
        return values

    sizes = list(zip(widths, widths[1:]))
    flat = numbers('parameters.f32', '<f4', sum((i + 1) * o for i, o in sizes))
    parameters = []
    for fan_in, units in sizes:
        weights, bias, flat = np.split(flat, [fan_in * units,
                                              (fan_in + 1) * units])
        parameters.append((weights.reshape(fan_in, units), bias))
    examples = numbers('examples.u8', 'u1', count * widths[0])
    labels = numbers('labels.u8', 'u1', count).astype(np.int64)
    batch, steps = document['batchSize'], document['steps']
    return Task(
        inputs=examples.reshape(count, -1).astype(np.float32)
        / np.float32(255),
        labels=labels,
        targets=np.eye(widths[-1], dtype=np.float32)[labels],
        order=numbers('order.u32', '<u4', steps * batch)
        .reshape(steps, batch).astype(np.int64),
        parameters=parameters, hidden=hidden, output=output,
        loss=network['loss'], optimizer=document['optimizer'],
        threads=document['threads'])


def require(choice, choices, what):
    if choice not in choices:
        raise Unable(f'{what} {choice}: only {", ".join(choices)} here')


def mean_loss(task, outputs, labels):
    """The mean loss of one batch, in binary64. outputs (B, K) are the scores
    z before the softmax for cross-entropy, because
    log softmax(z) = z - log sum exp z."""
    a = np.asarray(outputs, np.float64)
    if task.loss == 'mse':
        return float(np.mean((a - np.eye(a.shape[1])[labels]) ** 2))
    z = a - a.max(axis=1, keepdims=True)  # exp(z) <= 1
    right = z[np.arange(len(labels)), labels]
    return float(np.mean(np.log(np.exp(z).sum(axis=1)) - right))
