"""Answers by PyTorch: its functions, autograd and optimizers."""

import torch
from torch.nn import functional as F

from problem import split_name, variant_of

torch.set_num_threads(1)  # one order of summation

SOURCE = f'PyTorch {torch.__version__.split("+")[0]} float64'

ACTIVATIONS = {
    'linear': lambda z: z,
    'relu': F.relu,
    'leaky-relu': lambda z: F.leaky_relu(z, 0.2),
    'elu': F.elu,
    'selu': F.selu,
    # By default softplus is z above 20, which is 2e-9 too small there; above
    # 50 the difference is below the rounding of binary64.
    'softplus': lambda z: F.softplus(z, threshold=50),
    'sigmoid': torch.sigmoid,
    'tanh': torch.tanh,
    'swish': F.silu,
    'gelu': F.gelu,  # the default is the exact one, with erf
    'softmax': lambda z: F.softmax(z, dim=1),
    'ratio': lambda z: F.relu(z) / F.relu(z).sum(dim=1, keepdim=True),
}

# From (parameters, our hyperparameters) to the framework's optimizer.
OPTIMIZERS = {
    'sgd': lambda p, o: torch.optim.SGD(p, lr=o['learningRate']),
    'momentum': lambda p, o: torch.optim.SGD(
        p, lr=o['learningRate'], momentum=o['momentum']),
    'momentum-dampened': lambda p, o: torch.optim.SGD(
        p, lr=o['learningRate'], momentum=o['momentum'],
        dampening=o['momentum']),
    'nesterov': lambda p, o: torch.optim.SGD(
        p, lr=o['learningRate'], momentum=o['momentum'], nesterov=True),
    'rmsprop': lambda p, o: torch.optim.RMSprop(
        p, lr=o['learningRate'], alpha=o['decay'], eps=o['epsilon']),
    'adam': lambda p, o: torch.optim.Adam(
        p, lr=o['learningRate'], betas=(o['beta1'], o['beta2']),
        eps=o['epsilon']),
    'adagrad': lambda p, o: torch.optim.Adagrad(
        p, lr=o['learningRate'], eps=o['epsilon']),
    'adamw': lambda p, o: torch.optim.AdamW(
        p, lr=o['learningRate'], betas=(o['beta1'], o['beta2']),
        eps=o['epsilon'], weight_decay=o['weightDecay']),
    'nadam': lambda p, o: torch.optim.NAdam(
        p, lr=o['learningRate'], betas=(o['beta1'], o['beta2']),
        eps=o['epsilon']),
    'sparse-adam': lambda p, o: torch.optim.SparseAdam(
        p, lr=o['learningRate'], betas=(o['beta1'], o['beta2']),
        eps=o['epsilon']),
}

# Optimizers that PyTorch defines differently from TensorFlow.js.
DIFFERS = {
    'momentum-dampened': {
        'mistake': 'momentum-dampened-after-first',
        'reason': 'torch.optim.SGD with dampening starts with v = g, then '
                  'v = m v + (1 - dampening) g; TensorFlow.js adds all of g',
    },
    'rmsprop': {
        'mistake': 'rmsprop-epsilon-outside-root',
        'reason': 'torch.optim.RMSprop divides by √s + ε, '
                  'TensorFlow.js by √(s + ε)',
    },
    'adagrad': {
        'mistake': 'adagrad-epsilon-outside-root',
        'reason': 'torch.optim.Adagrad divides by √s + ε, '
                  'TensorFlow.js by √(s + ε)',
    },
    'sparse-adam': {
        'mistake': 'adam-epsilon-before-correction',
        'reason': 'torch.optim.SparseAdam adds ε to √v before the bias '
                  'correction, TensorFlow.js after it to √(v / (1 - β₂ᵗ))',
    },
}


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
    function = {'leaky-relu': F.leaky_relu, 'elu': F.elu}[plain]
    return lambda z: function(z, float(numbers[0]))


# From outputs and targets; all are means over the batch and the outputs.
LOSSES = {
    'mse': F.mse_loss,
    'half-squared-error': lambda p, t: 0.5 * F.mse_loss(
        p, t, reduction='sum') / len(p),
    'mean-absolute-error': F.l1_loss,
    'hinge': lambda p, t: F.relu(1 - (2 * t - 1) * p).mean(),
    'squared-hinge': lambda p, t: (F.relu(1 - (2 * t - 1) * p) ** 2).mean(),
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
    return factor * (tensor.square() if p['kind'] == 'l2'
                     else tensor.abs()).sum()


def loss_of_data(case, z, output, t):
    plain, numbers = split_name(case.loss)
    if plain == 'huber':
        delta = float(numbers[0]) if numbers else 1.0
        return F.huber_loss(output, t, delta=delta)
    if plain == 'binary-cross-entropy':
        return F.binary_cross_entropy_with_logits(z, t)
    if plain != 'cross-entropy':
        return LOSSES[plain](output, t)
    smoothing, weights = variant_of(numbers, t.shape[1])
    # mean over the batch, of scores; for soft targets, also with weights
    return F.cross_entropy(z, t, weight=torch.tensor(
        weights, dtype=t.dtype), label_smoothing=smoothing)


def tensors(numbers):
    """Inputs, targets and parameters; the parameters require gradients."""
    parameters = [
        tuple(torch.tensor(p, requires_grad=True) for p in layer)
        for layer in numbers.parameters]
    return (torch.tensor(numbers.inputs), torch.tensor(numbers.targets),
            parameters)


def arrays(parameters):
    return [tuple(p.detach().numpy().copy() for p in layer)
            for layer in parameters]


def scores(case, numbers):
    """The scores of every layer, for their distance from kinks."""
    x, _, parameters = tensors(numbers)
    return [z.detach().numpy() for z in forward(case, parameters, x)[0]]


def gradients(case, numbers):
    """The loss, and its gradient by autograd in the form of parameters."""
    x, t, parameters = tensors(numbers)
    loss = loss_of(case, parameters, x, t)
    loss.backward()
    return loss.item(), [tuple(p.grad.numpy() for p in layer)
                         for layer in parameters]


def scheduler(stepper, schedule):
    if schedule is None:
        return None
    kind, number = schedule.split(':')
    if kind == 'cosine':
        return torch.optim.lr_scheduler.CosineAnnealingLR(
            stepper, T_max=int(number))
    return torch.optim.lr_scheduler.LambdaLR(
        stepper, lambda t: 1 / (1 + float(number) * t))


def train(case, numbers, optimizer, steps, variant):
    """The loss before each step, and the parameters after every step."""
    # NAdam keeps its product of momenta in the default precision
    torch.set_default_dtype(
        torch.float64 if variant == 'nadam' else torch.float32)
    x, t, parameters = tensors(numbers)
    flat = [p for layer in parameters for p in layer]
    stepper = OPTIMIZERS[variant](flat, optimizer)
    schedule = scheduler(stepper, optimizer.get('schedule'))
    losses, path = [], []
    for _ in range(steps):
        stepper.zero_grad()
        loss = loss_of(case, parameters, x, t)
        loss.backward()
        if variant == 'sparse-adam':
            for p in flat:
                p.grad = p.grad.to_sparse()
        if 'clipValue' in optimizer:
            torch.nn.utils.clip_grad_value_(flat, optimizer['clipValue'])
        if 'clipNorm' in optimizer:  # a hundred millionth of the norm off
            torch.nn.utils.clip_grad_norm_(flat, optimizer['clipNorm'])
        stepper.step()
        if schedule:
            schedule.step()
        losses.append(loss.item())
        path.append(arrays(parameters))
    return losses, path
