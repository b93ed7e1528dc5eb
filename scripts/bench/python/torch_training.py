"""PyTorch as in its tutorials: nn.Sequential, autograd, torch.optim, eager
steps, and the data as a tensor in memory."""

import torch
from torch import nn
from torch.nn import functional as F

LABEL = 'PyTorch'
PACKAGES = ('torch',)

ACTIVATIONS = {'linear': nn.Identity, 'relu': nn.ReLU, 'sigmoid': nn.Sigmoid,
               'tanh': nn.Tanh, 'softmax': nn.Identity}  # part of the loss

# fused: one pass over all parameters, the fastest of its three variants.
OPTIMIZERS = {
    'sgd': lambda p, o: torch.optim.SGD(p, lr=o['learningRate'], fused=True),
    'adam': lambda p, o: torch.optim.Adam(
        p, lr=o['learningRate'], betas=(o['beta1'], o['beta2']),
        eps=o['epsilon'], fused=True),
}


def note(_task):
    return ''


class Training:
    def __init__(self, task):
        self.task = task
        if task.threads is not None:
            torch.set_num_threads(task.threads)
        self.inputs = torch.from_numpy(task.inputs)    # (N, D)
        self.labels = torch.from_numpy(task.labels)    # (N)
        self.targets = torch.from_numpy(task.targets)  # (N, K)
        layers = []
        for (weights, bias), activation in zip(
                task.parameters, [*task.hidden, task.output]):
            layers += [linear(weights, bias), ACTIVATIONS[activation]()]
        self.model = nn.Sequential(*layers)
        options = task.optimizer
        self.optimizer = OPTIMIZERS[options['id']](
            self.model.parameters(), options)

    def train(self, order):
        losses = []
        for positions in torch.from_numpy(order):
            x = self.inputs.index_select(0, positions)
            output = self.model(x)
            if self.task.loss == 'mse':
                t = self.targets.index_select(0, positions)
                loss = F.mse_loss(output, t)
            else:
                t = self.labels.index_select(0, positions)
                loss = F.cross_entropy(output, t)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
        return torch.stack(losses).tolist()

    def outputs(self, positions):
        with torch.no_grad():
            x = self.inputs.index_select(0, torch.from_numpy(positions))
            return self.model(x).numpy()


def linear(weights, bias):
    """From our W (I, O); PyTorch's is (O, I)."""
    layer = nn.Linear(*weights.shape)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weights).T)
        layer.bias.copy_(torch.from_numpy(bias))
    return layer
