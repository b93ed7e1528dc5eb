// Made by `npm run build:kernels` from ../known.ts and the pages in ops: do not edit.

// activations, and after them outputs
export const LINEAR: i32 = 0;
export const RELU: i32 = 1;
export const LEAKY_RELU: i32 = 2;
export const ELU: i32 = 3;
export const SELU: i32 = 4;
export const SOFTPLUS: i32 = 5;
export const SIGMOID: i32 = 6;
export const TANH: i32 = 7;
export const SWISH: i32 = 8;
export const GELU: i32 = 9;
export const SOFTMAX: i32 = 10;
export const RATIO: i32 = 11;

// losses
export const MSE: i32 = 0;
export const CROSS_ENTROPY: i32 = 1;

// optimizers
export const SGD: i32 = 0;
export const MOMENTUM: i32 = 1;
export const NESTEROV: i32 = 2;
export const RMSPROP: i32 = 3;
export const ADAM: i32 = 4;
export const RMSPROP_CENTERED: i32 = 5;
export const ADADELTA: i32 = 6;

// constants of their formulas
export const LEAK: f32 = 0.2;
export const SELU_SCALE: f64 = 1.0507009873554805;
export const SELU_SCALE_ALPHA: f64 = 1.758099340847377;
