"""Keras on TensorFlow: a Sequential model with Keras's loss and optimizer. All
steps of a call run in one tf.function (as steps_per_execution does in fit),
with the data as tensors."""

import os

os.environ['KERAS_BACKEND'] = 'tensorflow'
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '2'
os.environ['CUDA_VISIBLE_DEVICES'] = '-1'  # CPU only

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

LABEL = 'Keras'
PACKAGES = ('keras', 'tensorflow-cpu')

OPTIMIZERS = {
    'sgd': lambda o: keras.optimizers.SGD(o['learningRate']),
    'adam': lambda o: keras.optimizers.Adam(
        o['learningRate'], beta_1=o['beta1'], beta_2=o['beta2'],
        epsilon=o['epsilon']),
}


def note(task):
    adam = task.optimizer['id'] == 'adam'
    return "Keras's Adam adds epsilon before bias correction" if adam else ''


class Training:
    def __init__(self, task):
        self.task = task
        if task.threads is not None:
            tf.config.threading.set_intra_op_parallelism_threads(task.threads)
            tf.config.threading.set_inter_op_parallelism_threads(1)
        x = tf.constant(task.inputs)   # (N, D)
        t = tf.constant(task.targets)  # (N, K)
        model = self.model = keras.Sequential(
            [keras.Input((task.inputs.shape[1],))])
        softmax = task.loss == 'cross-entropy'  # then part of the loss
        output = 'linear' if softmax else task.output
        for (weights, bias), activation in zip(task.parameters,
                                               [*task.hidden, output]):
            layer = keras.layers.Dense(len(bias), activation)
            model.add(layer)
            layer.set_weights([weights, bias])
        loss_of = (keras.losses.CategoricalCrossentropy(from_logits=True)
                   if softmax else keras.losses.MeanSquaredError())
        optimizer = OPTIMIZERS[task.optimizer['id']](task.optimizer)
        optimizer.build(model.trainable_variables)

        @tf.function(input_signature=[
            tf.TensorSpec([None, task.order.shape[1]], tf.int64)])
        def run(order):
            steps = tf.shape(order)[0]
            losses = tf.TensorArray(tf.float32, steps)
            for s in tf.range(steps):
                positions = order[s]
                with tf.GradientTape() as tape:
                    output = model(tf.gather(x, positions), training=True)
                    loss = loss_of(tf.gather(t, positions), output)
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply(gradients)
                losses = losses.write(s, loss)
            return losses.stack()

        @tf.function
        def outputs(positions):
            return model(tf.gather(x, positions), training=False)

        self.run, self.forward = run, outputs

    def train(self, order):
        return self.run(tf.constant(order)).numpy().tolist()

    def outputs(self, positions):
        return self.forward(tf.constant(positions)).numpy()
