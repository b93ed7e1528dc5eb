// The network: a dense layer, activations, losses and optimizers, each backward function below its forward function.
// Matrices are flat, row after row. B examples, I inputs of a layer, O its units, K outputs of the network.

pub struct Layer {
    pub inputs: usize, // I
    pub units: usize,  // O
    pub activation: Activation,
    pub w: Vec<f64>, // (I, O)
    pub b: Vec<f64>, // (O)
}

/// The gradients of one layer, in the form of its parameters.
pub struct Gradient {
    pub w: Vec<f64>, // (I, O)
    pub b: Vec<f64>, // (O)
}

/// What a layer saw and computed on the way forward; the way back needs all of it.
pub struct Pass {
    pub x: Vec<f64>, // (B, I)
    pub z: Vec<f64>, // (B, O)
    pub a: Vec<f64>, // (B, O)
}

#[derive(Clone, Copy, PartialEq)]
pub enum Activation {
    Linear,
    Relu,
    Sigmoid,
    Tanh,
    Softmax,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Loss {
    CrossEntropy,
    MeanSquaredError,
}

impl Layer {
    /// z (B, O) = x W + b, for x (B, I).
    fn dense(&self, x: &[f64]) -> Vec<f64> {
        let mut z = Vec::with_capacity(x.len() / self.inputs * self.units);
        for row in x.chunks(self.inputs) {
            let mut scores = self.b.clone(); // (O)
            for (xi, weights) in row.iter().zip(self.w.chunks(self.units)) {
                for (score, weight) in scores.iter_mut().zip(weights) {
                    *score += xi * weight;
                }
            }
            z.extend(scores);
        }
        z
    }

    /// From dz (B, O): dW = xᵀ dz and db = Σ_b dz, and dx (B, I) = dz Wᵀ.
    fn dense_backward(&self, dz: &[f64], x: &[f64]) -> (Gradient, Vec<f64>) {
        let (inputs, units, mistake) = (self.inputs, self.units, super::mistake());
        let mut dw = vec![0.0; inputs * units]; // (I, O)
        let mut db = vec![0.0; units]; // (O)
        let mut dx = vec![0.0; x.len()]; // (B, I)
        for ((dz, x), dx) in dz.chunks(units).zip(x.chunks(inputs)).zip(dx.chunks_mut(inputs)) {
            for (sum, d) in db.iter_mut().zip(dz) {
                *sum += d;
            }
            for i in 0..inputs {
                for (o, d) in dz.iter().enumerate() {
                    dx[i] += d * self.w[i * units + o];
                    let mut at = i * units + o;
                    if mistake {
                        at = o * inputs + i;
                    }
                    dw[at] += x[i] * d;
                }
            }
        }
        (Gradient { w: dw, b: db }, dx)
    }

    /// a (B, O) from the scores z.
    fn activate(&self, z: &[f64]) -> Vec<f64> {
        match self.activation {
            Activation::Linear => z.to_vec(),
            Activation::Relu => z.iter().map(|z| z.max(0.0)).collect(),
            Activation::Sigmoid => z.iter().map(|z| 1.0 / (1.0 + (-z).exp())).collect(),
            Activation::Tanh => z.iter().map(|z| z.tanh()).collect(),
            Activation::Softmax => log_softmax(z, self.units).iter().map(|logp| logp.exp()).collect(),
        }
    }

    /// dz (B, O) = da · f'(z). Softmax is not here: its derivative is part of `loss_backward`.
    fn activate_backward(&self, da: &[f64], pass: &Pass) -> Vec<f64> {
        let slope = |z: f64, a: f64| match self.activation {
            Activation::Linear => 1.0,
            Activation::Relu => f64::from(z > 0.0),
            Activation::Sigmoid => a * (1.0 - a),
            Activation::Tanh => 1.0 - a * a,
            Activation::Softmax => unreachable!("softmax is the output of cross-entropy alone"),
        };
        da.iter().zip(pass.z.iter().zip(&pass.a)).map(|(da, (&z, &a))| da * slope(z, a)).collect()
    }
}

/// log p (B, K) with p = softmax(z). The largest score is subtracted first, so that exp cannot overflow.
fn log_softmax(z: &[f64], k: usize) -> Vec<f64> {
    let of_example = |z: &[f64]| -> Vec<f64> {
        let largest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total = largest + z.iter().map(|z| (z - largest).exp()).sum::<f64>().ln();
        z.iter().map(|z| z - total).collect()
    };
    z.chunks(k).flat_map(of_example).collect()
}

/// The mean over the batch: -1/B Σ_b Σ_k t log softmax(z), or 1/(B K) Σ_b Σ_k (a - t)². Targets t (B, K).
pub fn loss_of(loss: Loss, last: &Pass, t: &[f64], k: usize) -> f64 {
    let examples = (t.len() / k) as f64; // B
    match loss {
        Loss::CrossEntropy => -t.iter().zip(log_softmax(&last.z, k)).map(|(t, logp)| t * logp).sum::<f64>() / examples,
        Loss::MeanSquaredError => last.a.iter().zip(t).map(|(a, t)| (a - t) * (a - t)).sum::<f64>() / t.len() as f64,
    }
}

/// Cross-entropy: dz (B, K) = (p - t) / B, softmax included. Mean squared error: da (B, K) = 2 (a - t) / (B K).
fn loss_backward(loss: Loss, last: &Pass, t: &[f64], k: usize) -> Vec<f64> {
    let scale = match loss {
        Loss::CrossEntropy => 1.0 / (t.len() / k) as f64,
        Loss::MeanSquaredError => 2.0 / t.len() as f64,
    };
    last.a.iter().zip(t).map(|(a, t)| scale * (a - t)).collect()
}

/// One pass per layer, from the input on.
pub fn forward(layers: &[Layer], inputs: &[f64]) -> Vec<Pass> {
    let mut passes: Vec<Pass> = Vec::new();
    for layer in layers {
        let x = passes.last().map_or_else(|| inputs.to_vec(), |below| below.a.clone());
        let z = layer.dense(&x);
        let a = layer.activate(&z);
        passes.push(Pass { x, z, a });
    }
    passes
}

/// One gradient per layer, from the input on.
pub fn backward(layers: &[Layer], loss: Loss, passes: &[Pass], t: &[f64]) -> Vec<Gradient> {
    let (last, layer) = (&passes[passes.len() - 1], &layers[layers.len() - 1]);
    let mut d = loss_backward(loss, last, t, layer.units);
    let mut gradients = Vec::new();
    for (layer, pass) in layers.iter().zip(passes).rev() {
        let dz = match layer.activation {
            Activation::Softmax => d,
            _ => layer.activate_backward(&d, pass),
        };
        let (gradient, dx) = layer.dense_backward(&dz, &pass.x);
        gradients.push(gradient);
        d = dx;
    }
    gradients.reverse();
    gradients
}

/// One step of stochastic gradient descent: w ← w - lr g.
pub fn sgd(w: &mut [f64], g: &[f64], lr: f64) {
    for (w, g) in w.iter_mut().zip(g) {
        *w -= lr * g;
    }
}

pub struct Adam {
    pub lr: f64,
    pub beta1: f64,
    pub beta2: f64,
    pub epsilon: f64,
    pub step: i32, // from 1
}

/// What Adam keeps of one tensor between steps.
pub struct Moments {
    pub m: Vec<f64>,
    pub v: Vec<f64>,
}

impl Adam {
    /// One step: w ← w - lr m̂ / (√v̂ + ε).
    pub fn update(&self, w: &mut [f64], g: &[f64], Moments { m, v }: &mut Moments) {
        let correct1 = 1.0 - self.beta1.powi(self.step);
        let correct2 = 1.0 - self.beta2.powi(self.step);
        for i in 0..w.len() {
            m[i] = self.beta1 * m[i] + (1.0 - self.beta1) * g[i];
            v[i] = self.beta2 * v[i] + (1.0 - self.beta2) * g[i] * g[i];
            w[i] -= self.lr * (m[i] / correct1) / ((v[i] / correct2).sqrt() + self.epsilon);
        }
    }
}
