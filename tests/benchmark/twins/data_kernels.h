/* What the twins of `data.zig` in C and C++ compute. */

#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline double sum_of(const double *values, size_t count)
{
    double total = 0;
    for (size_t index = 0; index < count; index++) total += values[index];
    return total;
}

static inline void add_scaled(float a, const float *from, float *into, size_t count)
{
    for (size_t index = 0; index < count; index++) into[index] += a * from[index];
}

static inline void blur_rows(const float *from, float *__restrict into, size_t height, size_t width)
{
    for (size_t y = 0; y < height; y++) {
        const float *row = from + y * width, *above = row - width, *below = row + width;
        float *result = into + y * width;
        if (y == 0 || y + 1 == height || width < 3) {
            memcpy(result, row, width * sizeof(float));
            continue;
        }
        result[0] = row[0];
        result[width - 1] = row[width - 1];
        for (size_t x = 1; x + 1 < width; x++)
            result[x] = (above[x - 1] + above[x] + above[x + 1] + row[x - 1] + row[x] + row[x + 1] + below[x - 1] + below[x] + below[x + 1]) * (1.0f / 9.0f);
    }
}

/* No word has more letters. */
#define LONGEST 255

/* The Levenshtein distance. */
static inline int64_t distance_of(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    int64_t row[LONGEST + 1];
    for (size_t column = 0; column <= b_size; column++) row[column] = (int64_t)column;
    for (size_t line = 0; line < a_size; line++) {
        int64_t diagonal = row[0];
        row[0] = (int64_t)line + 1;
        for (size_t column = 0; column < b_size; column++) {
            int64_t best = diagonal + (a[line] != b[column]);
            diagonal = row[column + 1];
            if (row[column] + 1 < best) best = row[column] + 1;
            if (diagonal + 1 < best) best = diagonal + 1;
            row[column + 1] = best;
        }
    }
    return row[b_size];
}

/* Words of up to `width` bytes each, filled up with zeros. */
static inline void distances_of(const uint8_t *first, const uint8_t *second, int64_t *result, size_t count, size_t width)
{
    for (size_t index = 0; index < count; index++) {
        const uint8_t *a = first + index * width, *b = second + index * width;
        result[index] = distance_of(a, strnlen((const char *)a, width), b, strnlen((const char *)b, width));
    }
}

/* Place, velocity and mass of each body. */
typedef double Body[7];

static inline void advance_bodies(Body *bodies, size_t count, double dt, int64_t steps)
{
    for (int64_t step = 0; step < steps; step++) {
        for (size_t i = 0; i < count; i++) {
            double *a = bodies[i];
            for (size_t j = i + 1; j < count; j++) {
                double *b = bodies[j];
                double dx = a[0] - b[0], dy = a[1] - b[1], dz = a[2] - b[2];
                double squared = dx * dx + dy * dy + dz * dz;
                double pull = dt / (squared * sqrt(squared));
                a[3] -= dx * b[6] * pull;
                a[4] -= dy * b[6] * pull;
                a[5] -= dz * b[6] * pull;
                b[3] += dx * a[6] * pull;
                b[4] += dy * a[6] * pull;
                b[5] += dz * a[6] * pull;
            }
        }
        for (size_t i = 0; i < count; i++)
            for (size_t axis = 0; axis < 3; axis++) bodies[i][axis] += dt * bodies[i][3 + axis];
    }
}

static inline uint64_t count_primes(uint64_t limit)
{
    uint64_t found = 0;
    for (uint64_t n = 2; n < limit; n++) {
        uint64_t d = 2;
        while (d * d <= n && n % d != 0) d++;
        found += d * d > n;
    }
    return found;
}
