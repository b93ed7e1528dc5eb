//! A multilayer perceptron with backpropagation written by hand in Rust, with nothing but the standard library, as a
//! program that backproof checks:
//!
//!     rustc --edition 2021 -O -o my_mlp examples/languages/rust/main.rs
//!     npx backproof gradcheck --candidate-command ./my_mlp --dataset xor
//!
//! network.rs is the network. This file speaks the protocol: one request per line, one answer per line.
//! docs/protocol.md describes both. With --mistake it makes the mistake that ../../README.md shows.

mod json;
mod network;

use json::Json;
use network::{Activation, Adam, Gradient, Layer, Loss, Moments};
use std::io::{self, BufRead, Write};

fn mistake() -> bool {
    std::env::args().any(|argument| argument == "--mistake")
}

type Result<T> = std::result::Result<T, String>;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        writeln!(out, "{}", answer(&line?))?;
        out.flush()?;
    }
    Ok(())
}

fn answer(line: &str) -> String {
    let request = match Json::parse(line) {
        Ok(request) => request,
        Err(error) => return format!("{{\"id\":null,\"error\":{}}}", json::string(&error)),
    };
    let id = request.find("id").and_then(|id| id.number().ok()).map_or("null".to_string(), |id| id.to_string());
    match fields(&request) {
        Ok(fields) => format!("{{\"id\":{id},{fields}}}"),
        Err(error) => format!("{{\"id\":{id},\"error\":{}}}", json::string(&error)),
    }
}

/// The fields of the answer to a request.
fn fields(request: &Json) -> Result<String> {
    match request.field("request")?.text()? {
        "describe" => Ok(concat!(
            "\"protocol\":\"backproof-candidate/1\",\"name\":\"my mlp in Rust\",\"conventions\":{},",
            "\"can\":[\"gradients\",\"predict\",\"applyGradients\"]"
        )
        .to_string()),
        "gradients" => gradients(request),
        "predict" => predict(request),
        "applyGradients" => apply_gradients(request),
        other => Err(format!("request {other} is not implemented")),
    }
}

fn gradients(request: &Json) -> Result<String> {
    let (layers, loss) = network_of(request)?;
    let units = layers[layers.len() - 1].units;
    let (inputs, targets) = (examples(request, "inputs", layers[0].inputs)?, examples(request, "targets", units)?);
    let passes = network::forward(&layers, &inputs);
    let value = network::loss_of(loss, &passes[passes.len() - 1], &targets, units);
    let found = network::backward(&layers, loss, &passes, &targets);
    let found = layers.iter().zip(&found).map(|(layer, Gradient { w, b })| layer_of(w, b, layer.units));
    Ok(format!("\"loss\":{},\"gradients\":{}", json::number(value), json::list(found)))
}

fn predict(request: &Json) -> Result<String> {
    let (layers, _) = network_of(request)?;
    let passes = network::forward(&layers, &examples(request, "inputs", layers[0].inputs)?);
    let units = layers[layers.len() - 1].units;
    Ok(format!("\"outputs\":{}", json::matrix(&passes[passes.len() - 1].a, units)))
}

/// The state holds the moments of W1, b1, W2, b2 ... one after the other.
fn apply_gradients(request: &Json) -> Result<String> {
    let (mut layers, _) = network_of(request)?;
    let optimizer = request.field("optimizer")?;
    let setting = |name: &str| optimizer.field(name)?.number();
    let (id, lr) = (optimizer.field("id")?.text()?, setting("learningRate")?);
    let gradients = request.field("gradients")?.list()?;
    let mut before = moments_of(request)?.into_iter();
    let mut after = Vec::new();
    for (layer, given) in layers.iter_mut().zip(gradients) {
        for (w, name) in [(&mut layer.w, "weights"), (&mut layer.b, "bias")] {
            let g = given.field(name)?.numbers()?;
            match id {
                "sgd" => network::sgd(w, &g, lr),
                "adam" => {
                    let (beta1, beta2, epsilon) = (setting("beta1")?, setting("beta2")?, setting("epsilon")?);
                    let adam = Adam { lr, beta1, beta2, epsilon, step: request.field("step")?.number()? as i32 };
                    let zeros = Moments { m: vec![0.0; w.len()], v: vec![0.0; w.len()] };
                    let mut moments = before.next().unwrap_or(zeros);
                    adam.update(w, &g, &mut moments);
                    after.push(format!("{{\"m\":{},\"v\":{}}}", json::row(&moments.m), json::row(&moments.v)));
                }
                _ => return Err(format!("optimizer {id} is not implemented")),
            }
        }
    }
    let layers = layers.iter().map(|layer| layer_of(&layer.w, &layer.b, layer.units));
    Ok(format!("\"parameters\":{},\"state\":{}", json::list(layers), json::list(after.into_iter())))
}

fn moments_of(request: &Json) -> Result<Vec<Moments>> {
    match request.find("state") {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(state) => {
            let one = |given: &Json| Ok(Moments { m: given.field("m")?.numbers()?, v: given.field("v")?.numbers()? });
            state.list()?.iter().map(one).collect()
        }
    }
}

fn layer_of(w: &[f64], b: &[f64], units: usize) -> String {
    format!("{{\"weights\":{},\"bias\":{}}}", json::matrix(w, units), json::row(b))
}

/// The network with its parameters. Refuses what network.rs does not have.
fn network_of(request: &Json) -> Result<(Vec<Layer>, Loss)> {
    let network = request.field("network")?;
    let loss = match network.field("loss")?.text()? {
        "cross-entropy" => Loss::CrossEntropy,
        "mse" => Loss::MeanSquaredError,
        other => return Err(format!("loss {other} is not implemented")),
    };
    let mut layers: Vec<Layer> = Vec::new();
    let (given, parameters) = (network.field("layers")?.list()?, request.field("parameters")?.list()?);
    for (layer, parameters) in given.iter().zip(parameters) {
        let name = layer.field("activation")?.text()?;
        let activation = match name {
            "linear" => Activation::Linear,
            "relu" => Activation::Relu,
            "sigmoid" => Activation::Sigmoid,
            "tanh" => Activation::Tanh,
            "softmax" => Activation::Softmax,
            other => return Err(format!("activation {other} is not implemented")),
        };
        let softmax_belongs = layers.len() + 1 == given.len() && loss == Loss::CrossEntropy;
        if softmax_belongs != (activation == Activation::Softmax) {
            return Err(format!("{name} in layer {} with this loss is not implemented", layers.len() + 1));
        }
        let (w, b) = (parameters.field("weights")?.numbers()?, parameters.field("bias")?.numbers()?);
        let inputs = parameters.field("weights")?.list()?.len();
        layers.push(Layer { inputs, units: b.len(), activation, w, b });
    }
    if layers.is_empty() || layers.iter().any(|layer| layer.w.is_empty() || layer.b.is_empty()) {
        return Err("the network has no weights".to_string());
    }
    Ok((layers, loss))
}

/// Rows of so many numbers, one after the other.
fn examples(request: &Json, name: &str, columns: usize) -> Result<Vec<f64>> {
    let values = request.field(name)?.numbers()?;
    if values.is_empty() || values.len() % columns != 0 {
        return Err(format!("{name}: expected rows of {columns} numbers"));
    }
    Ok(values)
}
