"""The tables of cases, one per framework.

A seed can be any number. If a run refuses it because a score is too close to
a kink, or because a unit is never active, take another.
"""

from problem import Case


def sgd(rate):
    return {'id': 'sgd', 'learningRate': rate}


def momentum(rate, kind='momentum'):
    return {'id': kind, 'learningRate': rate, 'momentum': 0.9}


def nesterov(rate):
    return momentum(rate, 'nesterov')


def rmsprop(rate):
    return {'id': 'rmsprop', 'learningRate': rate, 'decay': 0.9,
            'epsilon': 1e-7}


def adam(rate):
    return {'id': 'adam', 'learningRate': rate, 'beta1': 0.9, 'beta2': 0.999,
            'epsilon': 1e-7}


def adamlike(kind, rate, **more):
    return adam(rate) | {'id': kind} | more


def l2(strength, **more):
    return {'kind': 'l2', 'strength': strength} | more


def l1(strength, **more):
    return {'kind': 'l1', 'strength': strength} | more


TORCH = [
    # Every activation at a hidden layer, with many outputs.
    Case('linear', '3-4-2', 'linear linear', 'mse', batch=3, seed=1),
    Case('relu', '4-5-3', 'relu softmax', 'cross-entropy', batch=4, seed=1002,
         targets='one-hot'),
    Case('leaky-relu', '5-4-3', 'leaky-relu linear', 'mse', batch=5, seed=3,
         note='slope 0.2'),
    Case('elu', '3-5-4', 'elu softmax', 'cross-entropy', batch=4, seed=4,
         targets='shares', note='soft targets'),
    Case('selu', '4-6-2', 'selu sigmoid', 'mse', batch=3, seed=5,
         targets='unit'),
    Case('softplus', '2-4-3', 'softplus tanh', 'mse', batch=4, seed=6,
         targets='unit'),
    Case('sigmoid', '6-3-5', 'sigmoid softmax', 'mse', batch=4, seed=7,
         targets='one-hot', note='softmax with mean squared error'),
    Case('tanh', '4-4-3', 'tanh relu', 'mse', batch=6, seed=1008,
         targets='unit', note='relu as output'),
    Case('swish', '3-5-2', 'swish gelu', 'mse', batch=4, seed=9,
         note='gelu as output'),
    Case('gelu', '4-5-4', 'gelu softmax', 'cross-entropy', batch=5, seed=10,
         targets='one-hot', note='exact gelu, with erf'),
    Case('ratio', '4-6-4', 'relu ratio', 'mse', batch=4, seed=31,
         targets='shares', note='ratio: relu(z) over its sum'),
    Case('two-hidden', '5-4-6-3', 'sigmoid tanh softplus', 'mse', batch=4,
         seed=12, targets='unit', note='softplus as output'),
    # Extremes.
    Case('deep', '3-5-4-6-3', 'tanh swish gelu softmax', 'cross-entropy',
         batch=5, seed=13, targets='shares', note='four layers'),
    Case('one-example-one-output', '4-3-1', 'elu linear', 'mse', batch=1,
         seed=14, note='batch of 1, one output unit'),
    Case('saturated-softmax', '4-5-4', 'relu softmax', 'cross-entropy',
         batch=4, seed=15, targets='one-hot', gain=8.0,
         note='logits tens apart'),
    Case('large-inputs', '3-4-2', 'leaky-relu linear', 'mse', batch=4,
         seed=16, input_scale=100.0, note='inputs of about 100'),
    Case('tiny-inputs', '4-5-3', 'gelu softmax', 'cross-entropy', batch=4,
         seed=17, targets='one-hot', input_scale=1e-3,
         note='inputs of about 0.001'),
    # Losses, and activations with a number in their name.
    Case('binary-cross-entropy', '4-5-3', 'leaky-relu:0.01 sigmoid',
         'binary-cross-entropy', batch=5, seed=40, targets='bits',
         note='several labels per example; slope 0.01'),
    Case('binary-cross-entropy-one-output', '3-4-1', 'elu:0.5 sigmoid',
         'binary-cross-entropy', batch=6, seed=41, targets='unit',
         note='one output, soft targets; alpha 0.5'),
    Case('half-squared-error', '4-5-3', 'tanh linear', 'half-squared-error',
         batch=4, seed=42),
    Case('mean-absolute-error', '4-5-3', 'tanh linear',
         'mean-absolute-error', batch=5, seed=43),
    Case('huber', '4-5-3', 'sigmoid linear', 'huber', batch=6, seed=44),
    Case('huber-0.3', '4-5-3', 'tanh linear', 'huber:0.3', batch=6, seed=45),
    Case('hinge', '4-5-3', 'tanh linear', 'hinge', batch=6, seed=46,
         targets='bits'),
    Case('squared-hinge', '4-5-2', 'tanh linear', 'squared-hinge', batch=6,
         seed=47, targets='bits'),
    Case('label-smoothing', '4-5-3', 'tanh softmax', 'cross-entropy:0.1',
         batch=5, seed=48, targets='one-hot'),
    Case('class-weights', '4-5-3', 'tanh softmax',
         'cross-entropy:weights=1,2,5', batch=5, seed=49, targets='shares',
         note='soft targets'),
    Case('label-smoothing-class-weights', '4-5-3', 'tanh softmax',
         'cross-entropy:0.2:weights=0.5,1,3', batch=5, seed=50,
         targets='one-hot'),
    # Optimizers.
    Case('sgd', '4-5-3', 'relu softmax', 'cross-entropy', batch=6, seed=18,
         targets='one-hot', optimizer=sgd(0.1)),
    Case('momentum', '4-5-3', 'tanh softmax', 'cross-entropy', batch=6,
         seed=19, targets='one-hot', optimizer=momentum(0.1)),
    Case('momentum-dampened', '4-5-3', 'tanh softmax', 'cross-entropy',
         batch=6, seed=20, targets='one-hot', optimizer=momentum(0.1),
         variant='momentum-dampened'),
    Case('nesterov', '3-4-2', 'sigmoid linear', 'mse', batch=5, seed=21,
         optimizer=nesterov(0.1)),
    Case('rmsprop', '4-5-3', 'tanh softmax', 'cross-entropy', batch=6,
         seed=22, targets='one-hot', optimizer=rmsprop(0.01)),
    Case('rmsprop-small-gradients', '3-4-2', 'tanh sigmoid', 'mse', batch=4,
         seed=23, targets='one-hot', output_bias=-7.0,
         optimizer=rmsprop(0.01), epsilon_matters=True,
         note='gradients so small that epsilon matters'),
    Case('adam', '4-5-3', 'gelu softmax', 'cross-entropy', batch=6, seed=24,
         targets='one-hot', optimizer=adam(0.01)),
    Case('adam-small-gradients', '3-4-2', 'tanh sigmoid', 'mse', batch=4,
         seed=25, targets='one-hot', output_bias=-11.0, optimizer=adam(0.01),
         epsilon_matters=True,
         note='gradients so small that epsilon matters'),
    Case('adagrad', '4-5-3', 'tanh softmax', 'cross-entropy', batch=6,
         seed=27, targets='one-hot',
         optimizer={'id': 'adagrad', 'learningRate': 0.05, 'epsilon': 1e-7}),
    Case('adamw', '4-5-3', 'gelu softmax', 'cross-entropy', batch=6, seed=28,
         targets='one-hot', optimizer=adamlike('adamw', 0.01, weightDecay=0.1),
         note='decoupled weight decay'),
    Case('nadam', '4-5-3', 'tanh linear', 'mse', batch=6, seed=29,
         optimizer=adamlike('nadam', 0.01)),
    # Penalties, clipping and schedules.
    Case('l2', '4-5-3', 'tanh softmax', 'cross-entropy', batch=6, seed=30,
         targets='one-hot', optimizer=sgd(0.1), penalties=(l2(0.01),),
         note='0.01 Σ W²'),
    Case('l1-and-half-l2-on-biases', '3-5-2', 'swish linear', 'mse', batch=5,
         seed=31, optimizer=momentum(0.1),
         penalties=(l1(0.02, biases=True),
                    l2(0.3, half=True, overBatch=True, biases=True)),
         note='0.02 Σ (|W| + |b|) + ½·0.3 Σ (W² + b²) / B'),
    Case('clip-value', '4-5-3', 'tanh softmax', 'cross-entropy', batch=6,
         seed=32, targets='one-hot', optimizer=sgd(0.5) | {'clipValue': 0.02},
         note='clip_grad_value_'),
    Case('cosine', '4-5-3', 'tanh softmax', 'cross-entropy', batch=6,
         seed=33, targets='one-hot',
         optimizer=sgd(0.5) | {'schedule': 'cosine:4'},
         note='CosineAnnealingLR'),
    Case('sparse-adam', '3-4-2', 'tanh sigmoid', 'mse', batch=4, seed=26,
         targets='one-hot', output_bias=-11.0, optimizer=adam(0.01),
         variant='sparse-adam', epsilon_matters=True,
         note='gradients so small that epsilon matters'),
]

JAX = [
    # Penalties, clipping and schedules.
    Case('l2-over-batch-in-layer-2', '4-5-3', 'gelu softmax', 'cross-entropy',
         batch=6, seed=130, targets='shares', optimizer=sgd(0.1),
         penalties=(l2(0.5, overBatch=True, layers=[2]),),
         note='0.5 Σ W2² / B'),
    Case('clip-norm', '4-5-3', 'tanh softmax', 'cross-entropy', batch=6,
         seed=131, targets='one-hot', optimizer=adam(0.01) | {'clipNorm': 0.05},
         note='clip_grads'),
    Case('inverse', '4-5-3', 'tanh linear', 'mse', batch=6, seed=132,
         optimizer=momentum(0.1) | {'schedule': 'inverse:0.5'},
         note='inverse_time_decay'),
    Case('adamax', '4-5-3', 'tanh softmax', 'cross-entropy', batch=6,
         seed=133, targets='one-hot', optimizer=adamlike('adamax', 0.01)),
    # Every activation at a hidden layer, with many outputs.
    Case('linear', '4-3-3', 'linear softmax', 'cross-entropy', batch=4,
         seed=101, targets='shares', note='soft targets'),
    Case('relu', '3-6-2', 'relu linear', 'mse', batch=5, seed=1102),
    Case('leaky-relu', '4-5-2', 'leaky-relu sigmoid', 'mse', batch=4,
         seed=103, targets='unit', note='slope 0.2'),
    Case('elu', '2-5-3', 'elu tanh', 'mse', batch=6, seed=104,
         targets='unit'),
    Case('selu', '5-4-4', 'selu softmax', 'cross-entropy', batch=3, seed=105,
         targets='one-hot'),
    Case('softplus', '3-4-5', 'softplus ratio', 'mse', batch=4, seed=10106,
         targets='one-hot', note='ratio: relu(z) over its sum'),
    Case('sigmoid', '6-5-2', 'sigmoid swish', 'mse', batch=4, seed=107,
         note='swish as output'),
    Case('tanh', '3-4-4', 'tanh softmax', 'mse', batch=5, seed=108,
         targets='shares', note='softmax with mean squared error'),
    Case('swish', '4-6-3', 'swish elu', 'mse', batch=4, seed=1109,
         note='elu as output'),
    Case('gelu', '5-3-2', 'gelu leaky-relu', 'mse', batch=5, seed=2110,
         note='exact gelu, with erf; leaky-relu (slope 0.2) as output'),
    Case('two-hidden', '4-6-5-3', 'relu elu selu', 'mse', batch=4, seed=111,
         note='selu as output'),
    # Extremes.
    Case('deep', '4-6-5-4-2', 'selu sigmoid softplus linear', 'mse', batch=6,
         seed=112, note='four layers'),
    Case('one-example', '3-5-4', 'swish softmax', 'cross-entropy', batch=1,
         seed=113, targets='one-hot', note='batch of 1'),
    Case('saturated-softmax', '3-6-5', 'elu softmax', 'cross-entropy',
         batch=5, seed=114, targets='shares', gain=8.0,
         note='logits tens apart, soft targets'),
    Case('large-inputs', '4-5-2', 'softplus linear', 'mse', batch=4,
         seed=115, input_scale=100.0, note='inputs of about 100'),
    Case('tiny-inputs', '5-4-3', 'tanh linear', 'mse', batch=4, seed=116,
         input_scale=1e-3, note='inputs of about 0.001'),
    # Losses, and activations with a number in their name.
    Case('binary-cross-entropy', '4-5-3', 'leaky-relu:0.01 sigmoid',
         'binary-cross-entropy', batch=5, seed=140, targets='bits',
         note='several labels per example; slope 0.01'),
    Case('binary-cross-entropy-one-output', '3-4-1', 'elu:0.5 sigmoid',
         'binary-cross-entropy', batch=6, seed=141, targets='unit',
         note='one output, soft targets; alpha 0.5'),
    Case('half-squared-error', '4-5-3', 'tanh linear', 'half-squared-error',
         batch=4, seed=142),
    Case('mean-absolute-error', '4-5-3', 'tanh linear',
         'mean-absolute-error', batch=5, seed=143),
    Case('huber', '4-5-3', 'sigmoid linear', 'huber', batch=6, seed=144),
    Case('huber-0.3', '4-5-3', 'tanh linear', 'huber:0.3', batch=6, seed=145),
    Case('hinge', '4-5-3', 'tanh linear', 'hinge', batch=6, seed=146,
         targets='bits'),
    Case('squared-hinge', '4-5-2', 'tanh linear', 'squared-hinge', batch=6,
         seed=147, targets='bits'),
    Case('label-smoothing', '4-5-3', 'tanh softmax', 'cross-entropy:0.1',
         batch=5, seed=148, targets='one-hot'),
    Case('class-weights', '4-5-3', 'tanh softmax',
         'cross-entropy:weights=1,2,5', batch=5, seed=149, targets='shares',
         note='soft targets'),
    Case('label-smoothing-class-weights', '4-5-3', 'tanh softmax',
         'cross-entropy:0.2:weights=0.5,1,3', batch=5, seed=150,
         targets='one-hot'),
    # Optimizers.
    Case('sgd', '3-5-2', 'swish linear', 'mse', batch=5, seed=117,
         optimizer=sgd(0.1)),
    Case('momentum', '4-4-3', 'softplus softmax', 'cross-entropy', batch=6,
         seed=118, targets='shares', optimizer=momentum(0.1)),
    Case('nesterov', '4-5-3', 'tanh softmax', 'cross-entropy', batch=6,
         seed=119, targets='one-hot', optimizer=nesterov(0.1)),
    Case('rmsprop', '4-5-3', 'relu softmax', 'cross-entropy', batch=6,
         seed=120, targets='one-hot', optimizer=rmsprop(0.01)),
    Case('rmsprop-small-gradients', '3-4-2', 'tanh sigmoid', 'mse', batch=4,
         seed=121, targets='one-hot', output_bias=-7.0,
         optimizer=rmsprop(0.01), epsilon_matters=True,
         note='gradients so small that epsilon matters'),
    Case('adam', '3-4-4-2', 'tanh sigmoid linear', 'mse', batch=5, seed=122,
         optimizer=adam(0.01)),
    Case('adam-small-gradients', '3-4-2', 'sigmoid sigmoid', 'mse', batch=4,
         seed=123, targets='one-hot', output_bias=-11.0, optimizer=adam(0.01),
         epsilon_matters=True,
         note='gradients so small that epsilon matters'),
]
