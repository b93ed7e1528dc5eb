"""The problem of a case: a network, its numbers and perhaps an optimizer.

Contains no answers. All numbers of a case come from one seed and are rounded
to binary32 at once, so that an engine in single precision starts from exactly
the numbers that the answers were computed from.
"""

from dataclasses import dataclass

import numpy as np

# Activations whose derivative (elu: second derivative) jumps at 0.
KINKED = ('relu', 'leaky-relu', 'elu', 'selu', 'ratio')


def split_name(name):
    """'leaky-relu:0.01' to ('leaky-relu', ['0.01'])."""
    plain, *numbers = name.split(':')
    return plain, numbers


def variant_of(numbers, classes):
    """Label smoothing and class weights of a cross-entropy."""
    weights = [n for n in numbers if n.startswith('weights=')]
    smoothing = [float(n) for n in numbers if n not in weights]
    return (smoothing[0] if smoothing else 0.0,
            [float(w) for w in weights[0][8:].split(',')]
            if weights else [1.0] * classes)


@dataclass(frozen=True)
class Case:
    """One line of the table in cases.py."""

    name: str         # the file is named <framework>-<name>.json
    widths: str       # '4-5-3': inputs, hidden units, outputs
    activations: str  # 'relu softmax': one per layer
    loss: str         # 'mse' or 'cross-entropy'
    batch: int
    seed: int
    targets: str = 'real'        # see draw_targets
    note: str = ''               # what is special about it
    gain: float = 1.0            # scale of all weights
    input_scale: float = 1.0     # scale of all inputs
    output_bias: float = 0.0     # added to the last layer's bias
    optimizer: dict | None = None
    penalties: tuple = ()        # of the network, as in a case file
    variant: str = ''            # the framework's optimizer, if not our id
    epsilon_matters: bool = False  # must change the steps by over 1e-3

    @property
    def shape(self):
        return [int(width) for width in self.widths.split('-')]

    @property
    def layers(self):
        return self.activations.split()

    @property
    def description(self):
        *hidden, output = self.layers
        names = list(dict.fromkeys(hidden))
        return ', '.join([self.widths, '/'.join(names), output, self.loss])


@dataclass(frozen=True)
class Numbers:
    """Binary64 arrays of binary32 values: x (B, D), t (B, K), W (I, O)."""

    inputs: np.ndarray
    targets: np.ndarray
    parameters: list  # of (W, b), layer 1 first


def single(values):
    """The nearest binary32 numbers, kept in binary64."""
    return np.asarray(values).astype(np.float32).astype(np.float64)


def draw(case):
    """The numbers of a case, the same in every run."""
    rng = np.random.default_rng(case.seed)
    widths = case.shape
    parameters = []
    for fan_in, units in zip(widths, widths[1:]):
        weights = rng.normal(size=(fan_in, units)) * case.gain / fan_in**0.5
        sign = rng.choice([-1.0, 1.0], size=units)
        bias = sign * rng.uniform(0.1, 0.5, size=units)  # never 0
        parameters.append((weights, bias))
    weights, bias = parameters[-1]
    parameters[-1] = (weights, bias + case.output_bias)
    inputs = rng.normal(size=(case.batch, widths[0])) * case.input_scale
    return Numbers(
        inputs=single(inputs),
        targets=single(draw_targets(rng, case)),
        parameters=[(single(w), single(b)) for w, b in parameters],
    )


def draw_targets(rng, case):
    """Targets (B, K) of the kind that the case names.

    Shares are multiples of 1/256, which sum to exactly 1 in binary32 too.
    Otherwise softmax - target would not be the gradient of cross-entropy.
    """
    size = (case.batch, case.shape[-1])
    if case.targets == 'one-hot':
        return np.eye(size[1])[rng.integers(size[1], size=size[0])]
    if case.targets == 'shares':
        p = rng.dirichlet(np.ones(size[1]), size=size[0])
        return np.stack([rng.multinomial(256, row) / 256 for row in p])
    if case.targets == 'bits':
        return rng.integers(2, size=size).astype(float)
    if case.targets == 'unit':
        return rng.uniform(0.05, 0.95, size=size)
    if case.targets == 'real':
        return rng.normal(size=size)
    raise ValueError(f'{case.name}: unknown targets {case.targets!r}')
