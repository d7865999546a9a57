/* What the C++ twins of `arrays.zig` compute. */

#pragma once
#include <cstddef>
#include <cstring>

static inline double sum_of(const double *values, std::size_t count)
{
    double total = 0;
    for (std::size_t index = 0; index < count; index++) total += values[index];
    return total;
}

static inline void add_scaled(float a, const float *from, float *into, std::size_t count)
{
    for (std::size_t index = 0; index < count; index++) into[index] += a * from[index];
}

static inline void blur_rows(const float *from, float *__restrict into, std::size_t height, std::size_t width)
{
    for (std::size_t y = 0; y < height; y++) {
        const float *row = from + y * width, *above = row - width, *below = row + width;
        float *result = into + y * width;
        if (y == 0 || y + 1 == height || width < 3) {
            std::memcpy(result, row, width * sizeof(float));
            continue;
        }
        result[0] = row[0];
        result[width - 1] = row[width - 1];
        for (std::size_t x = 1; x + 1 < width; x++)
            result[x] = (above[x - 1] + above[x] + above[x + 1] + row[x - 1] + row[x] + row[x + 1] + below[x - 1] + below[x] + below[x + 1]) * (1.0f / 9.0f);
    }
}
