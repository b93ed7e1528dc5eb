// A multilayer perceptron with backpropagation written by hand in Go, with nothing but the standard library, as a
// program that backproof checks:
//
//	go build -o my_mlp examples/languages/go/my_mlp.go
//	npx backproof gradcheck --candidate-command ./my_mlp --dataset xor
//
// Each backward function stands below its forward function. Matrices are slices of rows; B examples, I inputs of a
// layer, O its units, K outputs of the network. With -mistake it makes the mistake that ../../README.md shows.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
)

var mistake = flag.Bool("mistake", false, "make one classic mistake")

type (
	Vector []float64
	Matrix []Vector
)

func zeros(rows, cols int) Matrix {
	m := make(Matrix, rows)
	for r := range m {
		m[r] = make(Vector, cols)
	}
	return m
}

// Layer is what the protocol calls one layer of parameters, or of gradients.
type Layer struct {
	W Matrix `json:"weights"` // (I, O)
	B Vector `json:"bias"`    // (O)
}

// dense returns z (B, O) = x W + b, for x (B, I), W (I, O) and b (O).
func dense(x, W Matrix, b Vector) Matrix {
	z := zeros(len(x), len(b))
	for r, row := range x {
		copy(z[r], b)
		for i, xi := range row {
			for o := range b {
				z[r][o] += xi * W[i][o]
			}
		}
	}
	return z
}

// denseBackward returns dW (I, O) = xᵀ dz, db (O) = Σ_b dz and dx (B, I) = dz Wᵀ, for dz (B, O).
func denseBackward(dz, x, W Matrix) (dW Matrix, db Vector, dx Matrix) {
	I, O := len(W), len(W[0])
	dW, db, dx = zeros(I, O), make(Vector, O), zeros(len(x), I)
	for r := range x {
		for o, d := range dz[r] {
			db[o] += d
		}
		for i, xi := range x[r] {
			for o, d := range dz[r] {
				dW[i][o] += xi * d
				dx[r][i] += d * W[i][o]
			}
		}
	}
	return dW, db, dx
}

// An Activation of one score z, and its slope da/dz at z, where a is the activation of z.
type Activation struct {
	f     func(z float64) float64
	slope func(z, a float64) float64
}

var activations = map[string]Activation{
	"linear":  {func(z float64) float64 { return z }, func(z, a float64) float64 { return 1 }},
	"relu":    {func(z float64) float64 { return math.Max(0, z) }, reluSlope},
	"sigmoid": {sigmoid, func(z, a float64) float64 { return a * (1 - a) }},
	"tanh":    {math.Tanh, func(z, a float64) float64 { return 1 - a*a }},
}

func reluSlope(z, _ float64) float64 {
	if z > 0 {
		return 1
	}
	return 0
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// forward returns a (B, O) = f(z).
func (f Activation) forward(z Matrix) Matrix {
	a := zeros(len(z), len(z[0]))
	for r := range z {
		for o := range z[r] {
			a[r][o] = f.f(z[r][o])
		}
	}
	return a
}

// backward returns dz (B, O) = da · f'(z).
func (f Activation) backward(da, z, a Matrix) Matrix {
	dz := zeros(len(z), len(z[0]))
	for r := range z {
		for o := range z[r] {
			dz[r][o] = da[r][o] * f.slope(z[r][o], a[r][o])
		}
	}
	return dz
}

// softmax returns p (B, K) and log p. The largest score is subtracted first, so that exp cannot overflow.
func softmax(z Matrix) (p, logp Matrix) {
	p, logp = zeros(len(z), len(z[0])), zeros(len(z), len(z[0]))
	for r, row := range z {
		largest, sum := math.Inf(-1), 0.0
		for _, zk := range row {
			largest = math.Max(largest, zk)
		}
		for _, zk := range row {
			sum += math.Exp(zk - largest)
		}
		for k, zk := range row {
			logp[r][k] = zk - largest - math.Log(sum)
			p[r][k] = math.Exp(logp[r][k])
		}
	}
	return p, logp
}

// crossEntropy is L = -1/B Σ_b Σ_k t log p with p = softmax(z), for targets t (B, K).
func crossEntropy(z, t Matrix) (loss float64) {
	_, logp := softmax(z)
	for r := range t {
		for k := range t[r] {
			loss -= t[r][k] * logp[r][k] / float64(len(t))
		}
	}
	return loss
}

// crossEntropyBackward returns dz (B, K) = (p - t) / B: the derivative of softmax and loss together.
func crossEntropyBackward(p, t Matrix) Matrix {
	dz := zeros(len(t), len(t[0]))
	for r := range t {
		for k := range t[r] {
			dz[r][k] = (p[r][k] - t[r][k]) / float64(len(t))
		}
	}
	return dz
}

// meanSquaredError is L = 1/(B K) Σ_b Σ_k (p - t)².
func meanSquaredError(p, t Matrix) (loss float64) {
	for r := range t {
		for k := range t[r] {
			loss += (p[r][k] - t[r][k]) * (p[r][k] - t[r][k]) / float64(len(t)*len(t[r]))
		}
	}
	return loss
}

// meanSquaredErrorBackward returns dp (B, K) = 2 (p - t) / (B K).
func meanSquaredErrorBackward(p, t Matrix) Matrix {
	dp := zeros(len(t), len(t[0]))
	for r := range t {
		for k := range t[r] {
			dp[r][k] = 2 * (p[r][k] - t[r][k]) / float64(len(t)*len(t[r]))
		}
	}
	return dp
}

// Pass is what one layer saw and computed on the way forward; the way back needs all of it.
type Pass struct{ x, z, a Matrix } // (B, I), (B, O), (B, O)

func forward(names []string, parameters []Layer, x Matrix) []Pass {
	passes := make([]Pass, len(names))
	for l, name := range names {
		z := dense(x, parameters[l].W, parameters[l].B)
		var a Matrix
		if name == "softmax" {
			a, _ = softmax(z)
		} else {
			a = activations[name].forward(z)
		}
		passes[l] = Pass{x, z, a}
		x = a
	}
	return passes
}

func backward(names []string, parameters []Layer, passes []Pass, t Matrix) []Layer {
	gradients := make([]Layer, len(names))
	last := len(names) - 1
	var da Matrix // (B, O) of the layer l
	for l := last; l >= 0; l-- {
		x, z, a := passes[l].x, passes[l].z, passes[l].a
		var dz Matrix
		if names[l] == "softmax" {
			dz = crossEntropyBackward(a, t)
		} else {
			if l == last {
				da = meanSquaredErrorBackward(a, t)
			}
			dz = activations[names[l]].backward(da, z, a)
		}
		gradients[l].W, gradients[l].B, da = denseBackward(dz, x, parameters[l].W)
	}
	return gradients
}

type Optimizer struct {
	Id           string
	LearningRate float64
	Beta1, Beta2 float64
	Epsilon      float64
}

// sgd makes one step: w ← w - lr g.
func sgd(w, g Vector, o Optimizer) {
	for i := range w {
		w[i] -= o.LearningRate * g[i]
	}
}

// adam makes step t, counted from 1: w ← w - lr m̂ / (√v̂ + ε). It changes the moments m and v too.
func adam(w, g, m, v Vector, t int, o Optimizer) {
	for i := range w {
		m[i] = o.Beta1*m[i] + (1-o.Beta1)*g[i]
		v[i] = o.Beta2*v[i] + (1-o.Beta2)*g[i]*g[i]
		// both moments start at 0, so the first ones are too small: the bias correction
		mHat, vHat := m[i]/(1-math.Pow(o.Beta1, float64(t))), v[i]/(1-math.Pow(o.Beta2, float64(t)))
		if *mistake {
			mHat, vHat = m[i], v[i]
		}
		w[i] -= o.LearningRate * mHat / (math.Sqrt(vHat) + o.Epsilon)
	}
}

// The protocol: one request per line, one answer per line. docs/protocol.md describes both.

type Request struct {
	Id      *int
	Request string
	Network struct {
		Layers []struct{ Activation string }
		Loss   string
	}
	Parameters, Gradients []Layer
	Inputs, Targets       Matrix
	Optimizer             Optimizer
	Step                  int
	State                 []Moments
}

// Moments are what Adam keeps of one row of weights, or of one bias.
type Moments struct{ M, V Vector }

type Answer map[string]any

// names are the activations of all layers. It refuses a network that the code above cannot compute.
func (q *Request) names() ([]string, error) {
	names := make([]string, len(q.Network.Layers))
	if len(names) == 0 || len(q.Parameters) != len(names) {
		return nil, fmt.Errorf("parameters: expected %d layers, got %d", len(names), len(q.Parameters))
	}
	if loss := q.Network.Loss; loss != "cross-entropy" && loss != "mse" {
		return nil, fmt.Errorf("loss %s is not implemented", loss)
	}
	for l, layer := range q.Network.Layers {
		_, known := activations[layer.Activation]
		if l == len(names)-1 && q.Network.Loss == "cross-entropy" {
			known = layer.Activation == "softmax"
		}
		if !known {
			return nil, fmt.Errorf("%s in layer %d, with loss %s, is not implemented", layer.Activation, l+1, q.Network.Loss)
		}
		names[l] = layer.Activation
	}
	return names, nil
}

func describe(*Request) (Answer, error) {
	can := []string{"gradients", "predict", "applyGradients"}
	return Answer{"protocol": "backproof-candidate/1", "name": "my mlp in Go", "conventions": Answer{}, "can": can}, nil
}

func gradients(q *Request) (Answer, error) {
	names, err := q.names()
	if err != nil {
		return nil, err
	}
	passes := forward(names, q.Parameters, q.Inputs)
	last := passes[len(passes)-1]
	loss := meanSquaredError(last.a, q.Targets)
	if q.Network.Loss == "cross-entropy" {
		loss = crossEntropy(last.z, q.Targets)
	}
	return Answer{"loss": json.RawMessage(appendNumber(nil, loss)), "gradients": backward(names, q.Parameters, passes, q.Targets)}, nil
}

func predict(q *Request) (Answer, error) {
	names, err := q.names()
	if err != nil {
		return nil, err
	}
	passes := forward(names, q.Parameters, q.Inputs)
	return Answer{"outputs": passes[len(passes)-1].a}, nil
}

func applyGradients(q *Request) (Answer, error) {
	state, n := q.State, 0 // the moments of the rows of W1, then of b1, W2, b2 ...
	for l := range q.Parameters {
		w := append(q.Parameters[l].W, q.Parameters[l].B)
		g := append(q.Gradients[l].W, q.Gradients[l].B)
		for r := range w {
			switch q.Optimizer.Id {
			case "sgd":
				sgd(w[r], g[r], q.Optimizer)
			case "adam":
				if q.Step == 1 {
					state = append(state, Moments{make(Vector, len(w[r])), make(Vector, len(w[r]))})
				}
				adam(w[r], g[r], state[n].M, state[n].V, q.Step, q.Optimizer)
				n++
			default:
				return nil, fmt.Errorf("optimizer %s is not implemented", q.Optimizer.Id)
			}
		}
	}
	return Answer{"parameters": q.Parameters, "state": state}, nil
}

var requests = map[string]func(*Request) (Answer, error){
	"describe": describe, "gradients": gradients, "predict": predict, "applyGradients": applyGradients,
}

func answerTo(line []byte) (answer Answer) {
	var q Request
	defer func() { // an index that is out of range: the request has another form
		if problem := recover(); problem != nil {
			answer = Answer{"id": q.Id, "error": fmt.Sprint(problem)}
		}
	}()
	err := json.Unmarshal(line, &q)
	if err == nil {
		request, known := requests[q.Request]
		if !known {
			request = func(*Request) (Answer, error) { return nil, fmt.Errorf("request %s is not implemented", q.Request) }
		}
		answer, err = request(&q)
	}
	if err != nil {
		return Answer{"id": q.Id, "error": err.Error()}
	}
	answer["id"] = q.Id
	return answer
}

// appendNumber writes x so that it reads back as the same number. JSON has no form for NaN and infinity: they are
// written as strings.
func appendNumber(out []byte, x float64) []byte {
	switch {
	case math.IsNaN(x):
		return append(out, `"NaN"`...)
	case math.IsInf(x, 1):
		return append(out, `"Infinity"`...)
	case math.IsInf(x, -1):
		return append(out, `"-Infinity"`...)
	}
	return strconv.AppendFloat(out, x, 'g', -1, 64)
}

func (v Vector) MarshalJSON() ([]byte, error) {
	out := []byte{'['}
	for i, x := range v {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendNumber(out, x)
	}
	return append(out, ']'), nil
}

func main() {
	flag.Parse()
	in, out := bufio.NewReader(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		if err == nil {
			err = out.Encode(answerTo(line))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
