/* Rosenbrock's function of N numbers and its gradient by hand, in C99, as a program that backproof
   checks:

       cc -O2 -o my_function examples/languages/check/my_function.c -lm
       npx backproof check --command ./my_function

   With --mistake the gradient lacks the part of each number's right neighbour.
   docs/check-protocol.md describes the protocol. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N 5

static int mistake;

/* f(x) = sum over i of 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2 */
static double value(const double x[N]) {
    double f = 0;
    for (int i = 0; i < N - 1; i++) {
        double t = x[i + 1] - x[i] * x[i], u = 1 - x[i];
        f += 100 * t * t + u * u;
    }
    return f;
}

/* df/dx[i] = -400 x[i] t[i] - 2 u[i] + 200 t[i-1] */
static void gradient(double g[N], const double x[N]) {
    for (int i = 0; i < N; i++) g[i] = 0;
    for (int i = 0; i < N - 1; i++) {
        double t = x[i + 1] - x[i] * x[i], u = 1 - x[i];
        g[i] += -400 * x[i] * t - 2 * u;
        if (!mistake) g[i + 1] += 200 * t;
    }
}

/* ---- The protocol: one request per line, one answer per line, both JSON. The names that are looked
   for are in no string of a request, so that no parser is needed. */

static const char *after(const char *line, const char *name) {
    const char *found = strstr(line, name);
    if (found == NULL) return NULL;
    found += strlen(name);
    return found + strspn(found, " \t:");
}

/* Reads the N numbers of "parameters". */
static int read_parameters(double x[N], const char *line) {
    const char *p = after(line, "\"parameters\"");
    if (p == NULL || *p != '[') return 0;
    for (int i = 0; i < N; i++) {
        char *end;
        x[i] = strtod(p + 1, &end);
        end += strspn(end, " \t");
        if (end == p + 1 || *end != (i < N - 1 ? ',' : ']')) return 0;
        p = end;
    }
    return 1;
}

/* 17 digits read back as the same number. JSON has no form for NaN and infinity: they are written
   as strings. */
static void print_number(double number) {
    if (isfinite(number)) printf("%.17g", number);
    else printf(isnan(number) ? "\"NaN\"" : number > 0 ? "\"Infinity\"" : "\"-Infinity\"");
}

static void print_numbers(const double x[N]) {
    for (int i = 0; i < N; i++) {
        putchar(i == 0 ? '[' : ',');
        print_number(x[i]);
    }
    putchar(']');
}

static void answer(const char *line) {
    static const double start[N] = {-1.2, 1.1, 0.4, -0.7, 0.9}; /* where it is checked */
    const char *id = after(line, "\"id\""), *request = after(line, "\"request\"");
    double x[N], g[N];
    printf("{\"id\":%ld", id == NULL ? -1L : strtol(id, NULL, 10));
    if (request == NULL) {
        printf(",\"error\":\"no request\"}\n");
    } else if (strncmp(request, "\"describe\"", 10) == 0) {
        printf(",\"protocol\":\"backproof-function/1\",\"name\":\"rosenbrock in C\",\"parameters\":");
        print_numbers(start);
        printf("}\n");
    } else if (!read_parameters(x, line)) {
        printf(",\"error\":\"expected %d numbers as parameters\"}\n", N);
    } else if (strncmp(request, "\"evaluate\"", 10) == 0) {
        printf(",\"value\":");
        print_number(value(x));
        printf("}\n");
    } else if (strncmp(request, "\"gradient\"", 10) == 0) {
        gradient(g, x);
        printf(",\"gradient\":");
        print_numbers(g);
        printf("}\n");
    } else printf(",\"error\":\"this request is not implemented\"}\n");
}

int main(int argc, char **argv) {
    static char line[1 << 16];
    mistake = argc > 1 && strcmp(argv[1], "--mistake") == 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        answer(line);
        fflush(stdout);
    }
    return 0;
}
