"""What a task folder holds, as NumPy arrays, and the loss of outputs.

N examples, D inputs, K classes, B examples a batch, S steps.
"""

from dataclasses import dataclass

import numpy as np

# What the frameworks here are asked for; the table in each of them is total.
ACTIVATIONS = ('linear', 'relu', 'sigmoid', 'tanh')
OPTIMIZERS = ('sgd', 'adam')


class Unable(Exception):
    """The task asks for something that is not offered here."""


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
    """`document` is what task.json says. Raises ValueError where a file has
    not the size that it tells, Unable where nobody here can do it."""
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
            raise ValueError(f'{name}: {size} numbers expected, '
                             f'{values.size} found')
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
    """Of one batch, in binary64. outputs (B, K): for cross-entropy the scores
    z before the softmax, since log softmax(z) = z - log sum exp z."""
    a = np.asarray(outputs, np.float64)
    if task.loss == 'mse':
        return float(np.mean((a - np.eye(a.shape[1])[labels]) ** 2))
    z = a - a.max(axis=1, keepdims=True)  # exp(z) <= 1
    right = z[np.arange(len(labels)), labels]
    return float(np.mean(np.log(np.exp(z).sum(axis=1)) - right))
