/*
 * STREAM's copy and triad (McCalpin, https://www.cs.virginia.edu/stream/), and reading: what a C compiler makes of the
 * same loops. Prints the best bytes per second of read, copy and triad.
 *
 *     stream ELEMENTS PASSES GAP
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

static double shorter(double start, double best) {
  double passed = seconds() - start;
  return passed < best ? passed : best;
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  const size_t elements = strtoull(arguments[1], NULL, 10);
  const int passes = atoi(arguments[2]);
  const size_t bytes = elements * sizeof(double);
  const size_t gap = strtoull(arguments[3], NULL, 10);
  void *memory;
  if (posix_memalign(&memory, 4096, 3 * (bytes + gap))) return 1;
  char *block = memory;
  double *a = (double *)block, *b = (double *)(block + bytes + gap), *c = (double *)(block + 2 * (bytes + gap));
#pragma omp parallel for schedule(static)
  for (size_t i = 0; i < elements; i++) a[i] = b[i] = c[i] = 1.0;

  double read = 1e9, copy = 1e9, triad = 1e9;
  volatile uint64_t kept;
  for (int pass = 0; pass < passes; pass++) {
    const uint64_t *words = (const uint64_t *)a;
    uint64_t sum = 0;
    double start = seconds();
#pragma omp parallel for schedule(static) reduction(+ : sum)
    for (size_t i = 0; i < elements; i++) sum += words[i];
    read = shorter(start, read);
    kept = sum;

    start = seconds();
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < elements; i++) a[i] = b[i];
    copy = shorter(start, copy);

    start = seconds();
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < elements; i++) a[i] = b[i] + 3.0 * c[i];
    triad = shorter(start, triad);
  }
  (void)kept;
  printf("%.0f %.0f %.0f\n", bytes / read, 2 * bytes / copy, 3 * bytes / triad);
  return 0;
}
