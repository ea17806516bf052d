/*
 * STREAM's copy and triad (McCalpin, https://www.cs.virginia.edu/stream/), and reading in four places at a time: what a
 * C compiler makes of the same loops. For every letter on standard input (r, c, t) it runs one pass and prints its bytes per second.
 *
 *     stream ELEMENTS GAP
 *
 * GAP: bytes between the arrays, which STREAM calls OFFSET.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  const size_t elements = strtoull(arguments[1], NULL, 10);
  const size_t gap = strtoull(arguments[2], NULL, 10);
  const size_t bytes = elements * sizeof(double);
  void *memory;
  if (posix_memalign(&memory, 4096, 3 * (bytes + gap))) return 1;
  char *block = memory;
  double *a = (double *)block, *b = (double *)(block + bytes + gap), *c = (double *)(block + 2 * (bytes + gap));
#pragma omp parallel for schedule(static)
  for (size_t i = 0; i < elements; i++) a[i] = b[i] = c[i] = 1.0;

  volatile uint64_t kept = 0;
  for (int kind; (kind = getchar()) != EOF;) {
    double moved = 0, start = seconds();
    if (kind == 'r') {
      const uint64_t *words = (const uint64_t *)a;
      uint64_t sum = 0;
      const size_t quarter = elements / 4;
      const uint64_t *w1 = words + quarter, *w2 = w1 + quarter, *w3 = w2 + quarter;
#pragma omp parallel for schedule(static) reduction(+ : sum)
      for (size_t i = 0; i < quarter; i++) sum += words[i] + w1[i] + w2[i] + w3[i];
      kept += sum;
      moved = 1.0 * bytes;
    } else if (kind == 'c') {
#pragma omp parallel for schedule(static)
      for (size_t i = 0; i < elements; i++) a[i] = b[i];
      moved = 2.0 * bytes;
    } else if (kind == 't') {
#pragma omp parallel for schedule(static)
      for (size_t i = 0; i < elements; i++) a[i] = b[i] + 3.0 * c[i];
      moved = 3.0 * bytes;
    } else {
      continue;
    }
    printf("%.0f\n", moved / (seconds() - start));
    fflush(stdout);
  }
  return 0;
}
