/* A multilayer perceptron with backpropagation written by hand in C99, with libc and libm alone, as a program that
   backproof checks:

       cc -O2 -o my_mlp examples/languages/c/my_mlp.c -lm
       npx backproof gradcheck --candidate-command ./my_mlp --dataset xor

   Each backward function stands below its forward function. Matrices are flat, row after row; B examples, I inputs of
   a layer, O its units, K outputs of the network. The JSON reader stands below the network. With --mistake it makes
   the mistake that ../../README.md shows. */
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int mistake;

typedef enum { LINEAR, RELU, SIGMOID, TANH, SOFTMAX, ACTIVATIONS } Activation;
static const char *const activation_names[ACTIVATIONS] = {"linear", "relu", "sigmoid", "tanh", "softmax"};

typedef struct {
    int I, O;
    Activation activation;
    double *W, *b;   /* (I, O), (O) */
    double *x;       /* (B, I)  what enters the layer: the inputs, or a of the layer below */
    double *z, *a;   /* (B, O)  scores and activations */
    double *da, *dz; /* (B, O)  gradients of the loss with respect to a and z */
    double *dW, *db; /* (I, O), (O) */
} Layer;

typedef struct {
    int B, D, K, count;
    int cross_entropy; /* or mse */
    Layer *layers;     /* from the input on */
} Network;

/* ---- A dense layer: z = x W + b */

static void dense(double *z, const double *x, const double *W, const double *b, int B, int I, int O) {
    for (int r = 0; r < B; r++) {
        double *zr = z + (size_t)r * O;
        for (int o = 0; o < O; o++) zr[o] = b[o];
        for (int i = 0; i < I; i++) {
            double xi = x[(size_t)r * I + i];
            if (xi == 0) continue; /* four of five pixels of MNIST */
            for (int o = 0; o < O; o++) zr[o] += xi * W[(size_t)i * O + o];
        }
    }
}

/* dW = xᵀ dz, db = Σ_b dz, dx = dz Wᵀ. All of them start at 0. dx is NULL for the first layer: the gradient of the
   inputs is not needed. */
static void dense_backward(double *dx, double *dW, double *db, const double *dz, const double *x, const double *W, int B, int I, int O) {
    for (int r = 0; r < B; r++) {
        const double *dzr = dz + (size_t)r * O;
        for (int o = 0; o < O; o++) db[o] += dzr[o];
        for (int i = 0; i < I; i++) {
            double xi = x[(size_t)r * I + i];
            if (xi != 0)
                for (int o = 0; o < O; o++) dW[(size_t)i * O + o] += xi * dzr[o];
            if (dx != NULL)
                for (int o = 0; o < O; o++) dx[(size_t)r * I + i] += dzr[o] * W[(size_t)i * O + o];
        }
    }
}

/* ---- Activations of one score */

static double activate(Activation f, double z) {
    switch (f) {
    case RELU: return z > 0 ? z : 0;
    case SIGMOID: return z >= 0 ? 1 / (1 + exp(-z)) : exp(z) / (1 + exp(z)); /* never exp of a large number */
    case TANH: return tanh(z);
    default: return z;
    }
}

/* da/dz, written in z or in a */
static double slope(Activation f, double z, double a) {
    if (mistake && f == RELU) return 1;
    switch (f) {
    case RELU: return z > 0 ? 1 : 0;
    case SIGMOID: return a * (1 - a);
    case TANH: return 1 - a * a;
    default: return 1;
    }
}

/* ---- Outputs with their losses, which are means over the batch. z, p, targets t: (B, K) */

/* log Σ e^z of one example; the largest score is subtracted first, so that exp cannot overflow */
static double log_sum_exp(const double *z, int K) {
    double largest = z[0], sum = 0;
    for (int k = 1; k < K; k++) largest = fmax(largest, z[k]);
    for (int k = 0; k < K; k++) sum += exp(z[k] - largest);
    return largest + log(sum);
}

static void softmax(double *p, const double *z, int B, int K) {
    for (int r = 0; r < B; r++, p += K, z += K) {
        double total = log_sum_exp(z, K);
        for (int k = 0; k < K; k++) p[k] = exp(z[k] - total);
    }
}

/* L = -1/B Σ_b Σ_k t log p with p = softmax(z) */
static double cross_entropy(const double *z, const double *t, int B, int K) {
    double loss = 0;
    for (int r = 0; r < B; r++, z += K, t += K) {
        double total = log_sum_exp(z, K);
        for (int k = 0; k < K; k++) loss -= t[k] * (z[k] - total);
    }
    return loss / B;
}

/* dz = (p - t) / B, softmax included */
static void cross_entropy_backward(double *dz, const double *p, const double *t, int B, int K) {
    for (size_t i = 0; i < (size_t)B * K; i++) dz[i] = (p[i] - t[i]) / B;
}

/* L = 1/(B K) Σ_b Σ_k (p - t)² */
static double mse(const double *p, const double *t, int B, int K) {
    double loss = 0;
    for (size_t i = 0; i < (size_t)B * K; i++) loss += (p[i] - t[i]) * (p[i] - t[i]);
    return loss / B / K;
}

/* dp = 2 (p - t) / (B K) */
static void mse_backward(double *dp, const double *p, const double *t, int B, int K) {
    for (size_t i = 0; i < (size_t)B * K; i++) dp[i] = 2 * (p[i] - t[i]) / B / K;
}

/* ---- The whole network */

static void forward(Network *n) {
    for (int l = 0; l < n->count; l++) {
        Layer *y = &n->layers[l];
        if (l > 0) y->x = y[-1].a;
        dense(y->z, y->x, y->W, y->b, n->B, y->I, y->O);
        if (y->activation == SOFTMAX) softmax(y->a, y->z, n->B, y->O);
        else
            for (size_t i = 0; i < (size_t)n->B * y->O; i++) y->a[i] = activate(y->activation, y->z[i]);
    }
}

/* After forward: fills dW and db of every layer, and returns the loss. */
static double backward(Network *n, const double *t) {
    Layer *last = &n->layers[n->count - 1];
    if (n->cross_entropy) cross_entropy_backward(last->dz, last->a, t, n->B, n->K);
    else mse_backward(last->da, last->a, t, n->B, n->K);
    for (int l = n->count - 1; l >= 0; l--) {
        Layer *y = &n->layers[l];
        if (y->activation != SOFTMAX)
            for (size_t i = 0; i < (size_t)n->B * y->O; i++) y->dz[i] = y->da[i] * slope(y->activation, y->z[i], y->a[i]);
        dense_backward(l > 0 ? y[-1].da : NULL, y->dW, y->db, y->dz, y->x, y->W, n->B, y->I, y->O);
    }
    return n->cross_entropy ? cross_entropy(last->z, t, n->B, n->K) : mse(last->a, t, n->B, n->K);
}

/* ---- Optimizers: one step of n weights w by their gradients g. t counts from 1. */

static void sgd(double *w, const double *g, size_t n, double lr) {
    for (size_t i = 0; i < n; i++) w[i] -= lr * g[i];
}

typedef struct { double lr, beta1, beta2, epsilon, t; } Adam;

/* w ← w - lr m̂ / (√v̂ + ε). Both moments start at 0, so the first ones are too small: c1 and c2 correct them. */
static void adam(double *w, const double *g, double *m, double *v, size_t n, Adam o) {
    double c1 = 1 - pow(o.beta1, o.t), c2 = 1 - pow(o.beta2, o.t);
    for (size_t i = 0; i < n; i++) {
        m[i] = o.beta1 * m[i] + (1 - o.beta1) * g[i];
        v[i] = o.beta2 * v[i] + (1 - o.beta2) * g[i] * g[i];
        w[i] -= o.lr * (m[i] / c1) / (sqrt(v[i] / c2) + o.epsilon);
    }
}

/* ---- A failure ends the request: the answer is the reason */

static jmp_buf give_up;
static char reason[200];

static void fail(const char *format, ...) {
    va_list values;
    va_start(values, format);
    vsnprintf(reason, sizeof reason, format, values);
    va_end(values);
    longjmp(give_up, 1);
}

/* Zeroed memory that is freed when the request is answered */
typedef union Block { union Block *next; double align; } Block;
static Block *blocks;

static void *alloc(size_t count, size_t size) {
    if (count > ((size_t)1 << 30) / size) fail("more than 1 GiB for one array");
    Block *block = calloc(1, sizeof *block + count * size);
    if (block == NULL) fail("out of memory");
    block->next = blocks;
    blocks = block;
    return block + 1;
}

static void free_all(void) {
    while (blocks != NULL) {
        Block *next = blocks->next;
        free(blocks);
        blocks = next;
    }
}

/* ---- JSON is read in place: a value is represented by a pointer to its first character */

static const char *space(const char *p) {
    while (*p == ' ' || *p == '\t' || *p == '\r') p++;
    return p;
}

/* Steps over the expected character and the blanks after it. */
static const char *past(const char *p, char expected) {
    p = space(p);
    if (*p != expected) fail("the request: expected '%c', got %s", expected, *p == '\0' ? "its end" : "something else");
    return space(p + 1);
}

static const char *past_string(const char *p) {
    for (p++; *p != '"'; p++) {
        if (*p == '\\') p++;
        if (*p == '\0') fail("the request: a string does not end");
    }
    return p + 1;
}

/* One number; also "NaN", "Infinity" and "-Infinity", which are strings. */
static const char *number(const char *p, double *value) {
    char *end;
    if (*p == '"') {
        *value = strtod(p + 1, &end);
        if (end == p + 1 || *end != '"') fail("expected a number, got a string");
        return end + 1;
    }
    size_t length = strspn(p, "+-.0123456789eE"); /* strtod takes more: hexadecimal numbers, names */
    *value = strtod(p, &end);
    if (length == 0 || end != p + length) fail("expected a number");
    return end;
}

/* Steps over any value. */
static const char *skip(const char *p, int depth) {
    if (depth > 100) fail("arrays or objects nested more than 100 deep");
    if (*p == '"') return past_string(p);
    if (*p == '[' || *p == '{') {
        char close = *p == '[' ? ']' : '}';
        const char *q = space(p + 1);
        if (*q == close) return q + 1;
        for (p = q;; p = past(p, ',')) {
            if (close == '}') {
                if (*p != '"') fail("expected the name of a field");
                p = past(past_string(p), ':');
            }
            p = space(skip(p, depth + 1));
            if (*p == close) return p + 1;
        }
    }
    size_t word = strspn(p, "abcdefghijklmnopqrstuvwxyz");
    if (word == 4 && (strncmp(p, "true", 4) == 0 || strncmp(p, "null", 4) == 0)) return p + 4;
    if (word == 5 && strncmp(p, "false", 5) == 0) return p + 5;
    if (*p != '-' && !isdigit((unsigned char)*p)) fail("the request: expected a value");
    while (isalnum((unsigned char)*p) || *p == '.' || *p == '-' || *p == '+') p++; /* number() checks it where it is read */
    return p;
}

/* The value of a field of an object, or NULL. */
static const char *find(const char *p, const char *name) {
    size_t length = strlen(name);
    p = past(p, '{');
    while (*p != '}') {
        if (*p != '"') fail("expected the name of a field");
        const char *key = p + 1, *value = past(past_string(p), ':');
        if (strncmp(key, name, length) == 0 && key[length] == '"') return value;
        p = space(skip(value, 0));
        if (*p != '}') p = past(p, ',');
    }
    return NULL;
}

static const char *field(const char *object, const char *name) {
    const char *value = find(object, name);
    if (value == NULL) fail("%s is missing", name);
    return value;
}

static int is(const char *value, const char *text) {
    size_t length = strlen(text);
    return value[0] == '"' && strncmp(value + 1, text, length) == 0 && value[length + 1] == '"';
}

/* The first 40 letters of a name, for a reason */
static const char *shown(const char *value) {
    static char text[41];
    size_t length = 0;
    for (value++; length < 40 && (isalnum((unsigned char)value[length]) || value[length] == '-'); length++) text[length] = value[length];
    text[length] = '\0';
    return text;
}

static int whole(const char *value, const char *what) {
    double n;
    number(value, &n);
    if (!(n >= 1 && n <= 1 << 26 && n == floor(n))) fail("%s: expected a whole number from 1 to 2^26", what);
    return (int)n;
}

/* A row of n numbers. */
static const char *row(const char *p, double *out, int n, const char *what) {
    p = past(p, '[');
    for (int i = 0; i < n; i++) {
        if (*p == ']') fail("%s: expected %d numbers, got %d", what, n, i);
        p = number(i > 0 ? past(p, ',') : p, &out[i]);
        p = space(p);
    }
    if (*p != ']') fail("%s: expected %d numbers, got more", what, n);
    return p + 1;
}

/* A matrix of rows x cols numbers. */
static const char *matrix(const char *p, double *out, int rows, int cols, const char *what) {
    p = past(p, '[');
    for (int r = 0; r < rows; r++) {
        if (*p == ']') fail("%s: expected %d rows, got %d", what, rows, r);
        p = space(row(r > 0 ? past(p, ',') : p, out + (size_t)r * cols, cols, what));
    }
    if (*p != ']') fail("%s: expected %d rows, got more", what, rows);
    return p + 1;
}

static int length_of(const char *p) {
    int count = 0;
    p = past(p, '[');
    if (*p == ']') return 0;
    for (;; p = past(p, ',')) {
        p = space(skip(p, 0));
        count++;
        if (*p == ']') return count;
    }
}

/* ---- The protocol: one request per line, one answer per line. docs/protocol.md describes both. */

static Activation activation_of(const char *value) {
    for (int f = 0; f < ACTIVATIONS; f++)
        if (is(value, activation_names[f])) return (Activation)f;
    fail("activation %s is not implemented", shown(value));
    return LINEAR;
}

/* The network with all its buffers. B is 0 for a request without examples. */
static Network network_of(const char *request, int B) {
    const char *given = field(request, "network"), *layers = field(given, "layers"), *loss = field(given, "loss");
    Network n = {.B = B, .D = whole(field(given, "inputs"), "inputs"), .count = length_of(layers)};
    if (n.count == 0) fail("the network has no layers");
    n.cross_entropy = is(loss, "cross-entropy");
    if (!n.cross_entropy && !is(loss, "mse")) fail("loss %s is not implemented", shown(loss));
    n.layers = alloc(n.count, sizeof *n.layers);
    const char *p = past(layers, '[');
    for (int l = 0; l < n.count; l++) {
        Layer *y = &n.layers[l];
        y->I = l > 0 ? y[-1].O : n.D;
        y->O = n.K = whole(field(p, "units"), "units");
        y->activation = activation_of(field(p, "activation"));
        int fits = l < n.count - 1 ? y->activation != SOFTMAX : (y->activation == SOFTMAX) == n.cross_entropy;
        if (!fits) fail("%s in this place, or with this loss, is not implemented", activation_names[y->activation]);
        y->W = alloc((size_t)y->I * y->O, sizeof(double));
        y->b = alloc(y->O, sizeof(double));
        y->dW = alloc((size_t)y->I * y->O, sizeof(double));
        y->db = alloc(y->O, sizeof(double));
        y->z = alloc((size_t)B * y->O, sizeof(double));
        y->a = alloc((size_t)B * y->O, sizeof(double));
        y->da = alloc((size_t)B * y->O, sizeof(double));
        y->dz = alloc((size_t)B * y->O, sizeof(double));
        p = space(skip(p, 0));
        if (l < n.count - 1) p = past(p, ',');
    }
    return n;
}

/* Reads an array of {weights, bias} into W and b, or into dW and db. */
static void read_layers(Network *n, const char *p, int gradients, const char *what) {
    p = past(p, '[');
    for (int l = 0; l < n->count; l++) {
        Layer *y = &n->layers[l];
        matrix(field(p, "weights"), gradients ? y->dW : y->W, y->I, y->O, what);
        row(field(p, "bias"), gradients ? y->db : y->b, y->O, what);
        p = space(skip(p, 0));
        if (l < n->count - 1) p = past(p, ',');
    }
    if (*p != ']') fail("%s: expected %d layers, got more", what, n->count);
}

/* The network with the examples as x of the first layer. */
static Network with_examples(const char *request) {
    const char *inputs = field(request, "inputs");
    int B = length_of(inputs);
    if (B == 0) fail("inputs: expected at least one example");
    Network n = network_of(request, B);
    n.layers[0].x = alloc((size_t)B * n.D, sizeof(double));
    matrix(inputs, n.layers[0].x, B, n.D, "inputs");
    read_layers(&n, field(request, "parameters"), 0, "parameters");
    return n;
}

/* 17 digits read back to the same number. JSON has no form for NaN and infinity: they are written as strings. */
static void print_number(double value) {
    if (isfinite(value)) printf("%.17g", value);
    else printf(isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
}

static void print_row(const double *values, size_t n) {
    for (size_t i = 0; i < n; i++) {
        putchar(i == 0 ? '[' : ',');
        print_number(values[i]);
    }
    putchar(']');
}

static void print_matrix(const double *values, int rows, int cols) {
    for (int r = 0; r < rows; r++) {
        putchar(r == 0 ? '[' : ',');
        print_row(values + (size_t)r * cols, cols);
    }
    putchar(']');
}

static void print_layers(const Network *n, int gradients) {
    for (int l = 0; l < n->count; l++) {
        const Layer *y = &n->layers[l];
        printf(l == 0 ? "[{\"weights\":" : ",{\"weights\":");
        print_matrix(gradients ? y->dW : y->W, y->I, y->O);
        printf(",\"bias\":");
        print_row(gradients ? y->db : y->b, y->O);
        putchar('}');
    }
    putchar(']');
}

static void answer_gradients(const char *request) {
    Network n = with_examples(request);
    double *t = alloc((size_t)n.B * n.K, sizeof *t); /* (B, K) */
    matrix(field(request, "targets"), t, n.B, n.K, "targets");
    forward(&n);
    double loss = backward(&n, t);
    printf(",\"loss\":");
    print_number(loss);
    printf(",\"gradients\":");
    print_layers(&n, 1);
}

static void answer_predict(const char *request) {
    Network n = with_examples(request);
    forward(&n);
    printf(",\"outputs\":");
    print_matrix(n.layers[n.count - 1].a, n.B, n.K);
}

static double setting(const char *optimizer, const char *name) {
    double value;
    number(field(optimizer, name), &value);
    return value;
}

/* Adam's state is {"m": [...], "v": [...]}: the moments of W1, b1, W2, b2 ... one after the other. */
static void answer_apply(const char *request) {
    const char *given = field(request, "optimizer"), *id = field(given, "id"), *state = find(request, "state");
    int with_adam = is(id, "adam");
    if (!with_adam && !is(id, "sgd")) fail("optimizer %s is not implemented", shown(id));
    Network n = network_of(request, 0);
    read_layers(&n, field(request, "parameters"), 0, "parameters");
    read_layers(&n, field(request, "gradients"), 1, "gradients");
    Adam o = {.lr = setting(given, "learningRate")};
    size_t total = 0, at = 0;
    double *m = NULL, *v = NULL;
    if (with_adam) {
        o = (Adam){o.lr, setting(given, "beta1"), setting(given, "beta2"), setting(given, "epsilon"), setting(request, "step")};
        for (int l = 0; l < n.count; l++) total += (size_t)(n.layers[l].I + 1) * n.layers[l].O;
        if (total > 1 << 27) fail("more than 2^27 parameters");
        m = alloc(total, sizeof *m);
        v = alloc(total, sizeof *v);
        if (state != NULL && *state == '{') {
            row(field(state, "m"), m, (int)total, "state");
            row(field(state, "v"), v, (int)total, "state");
        }
    }
    for (int l = 0; l < n.count; l++) {
        Layer *y = &n.layers[l];
        size_t weights = (size_t)y->I * y->O;
        if (with_adam) {
            adam(y->W, y->dW, m + at, v + at, weights, o);
            adam(y->b, y->db, m + at + weights, v + at + weights, y->O, o);
            at += weights + y->O;
        } else {
            sgd(y->W, y->dW, weights, o.lr);
            sgd(y->b, y->db, y->O, o.lr);
        }
    }
    printf(",\"parameters\":");
    print_layers(&n, 0);
    printf(",\"state\":");
    if (with_adam) {
        printf("{\"m\":");
        print_row(m, total);
        printf(",\"v\":");
        print_row(v, total);
        putchar('}');
    } else printf("null");
}

static void answer_describe(const char *request) {
    (void)request;
    printf(",\"protocol\":\"backproof-candidate/1\",\"name\":\"my mlp in C\",\"conventions\":{},");
    printf("\"can\":[\"gradients\",\"predict\",\"applyGradients\"]");
}

static const struct {
    const char *name;
    void (*answer)(const char *request);
} answers[] = {{"describe", answer_describe}, {"gradients", answer_gradients}, {"predict", answer_predict}, {"applyGradients", answer_apply}};

/* The id is printed first, so that a failure has it too. The rest is printed after all of it is computed. */
static void answer(const char *line) {
    static int begun;
    begun = 0;
    if (setjmp(give_up) == 0) {
        if (*space(skip(line, 0)) != '\0') fail("something behind the request");
        const char *id = field(line, "id"), *name = field(line, "request");
        double ignored;
        if (*id != '"' && number(id, &ignored) != skip(id, 0)) fail("id: expected a number");
        printf("{\"id\":%.*s", (int)(skip(id, 0) - id), id);
        begun = 1;
        size_t i = 0;
        while (i < 4 && !is(name, answers[i].name)) i++;
        if (i == 4) fail("request %s is not implemented", shown(name));
        answers[i].answer(line);
    } else printf("%s,\"error\":\"%s\"", begun ? "" : "{\"id\":null", reason);
    printf("}\n");
    free_all();
}

/* The next line, of any length, without its line break; NULL at the end. */
static const char *read_line(void) {
    static char *line;
    static size_t room;
    size_t n = 0;
    int c;
    while ((c = getchar()) != EOF && c != '\n') {
        if (n + 1 >= room) {
            room = room > 0 ? 2 * room : 1 << 16;
            line = realloc(line, room);
            if (line == NULL) {
                fprintf(stderr, "my_mlp: out of memory\n");
                exit(1);
            }
        }
        line[n++] = (char)c;
    }
    if (n == 0) return c == EOF ? NULL : "";
    line[n] = '\0';
    return line;
}

int main(int argc, char **argv) {
    mistake = argc > 1 && strcmp(argv[1], "--mistake") == 0;
    const char *line;
    while ((line = read_line()) != NULL) {
        answer(space(line));
        fflush(stdout);
    }
    return 0;
}
