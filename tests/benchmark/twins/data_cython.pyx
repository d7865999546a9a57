# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""What `data.py` measures: the twin of `data.c`, as the documentation of Cython has one write it."""

from libc.math cimport sqrt
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

cdef extern from "<string.h>" nogil:
    size_t strnlen(const char *text, size_t most)


def dict_sum(dict table not None):
    cdef int64_t total = 0, value
    for value in table.values():
        total += value
    return total


def sum_list(items):
    cdef int64_t total = 0, item
    for item in items:
        total += item
    return total


def range_list(size_t n):
    cdef size_t position
    return [position for position in range(n)]


def sum_buffer(const double[::1] values not None):
    cdef double total = 0
    cdef Py_ssize_t index
    for index in range(values.shape[0]):
        total += values[index]
    return total


def length(const double[::1] values not None):
    return values.shape[0]


def saxpy(float a, const float[::1] x not None, float[::1] y not None):
    cdef Py_ssize_t index
    if x.shape[0] != y.shape[0]:
        raise ValueError("ShapeMismatch")
    for index in range(x.shape[0]):
        y[index] += a * x[index]


def blur(const float[:, ::1] image not None, float[:, ::1] result not None):
    cdef Py_ssize_t height = image.shape[0], width = image.shape[1], x, y
    if height != result.shape[0] or width != result.shape[1]:
        raise ValueError("ShapeMismatch")
    for y in range(height):
        if y == 0 or y + 1 == height or width < 3:
            memcpy(&result[y, 0], &image[y, 0], width * sizeof(float))
            continue
        result[y, 0] = image[y, 0]
        result[y, width - 1] = image[y, width - 1]
        for x in range(1, width - 1):
            result[y, x] = (
                image[y - 1, x - 1] + image[y - 1, x] + image[y - 1, x + 1]
                + image[y, x - 1] + image[y, x] + image[y, x + 1]
                + image[y + 1, x - 1] + image[y + 1, x] + image[y + 1, x + 1]
            ) * <float>(1.0 / 9.0)


cdef enum:
    LONGEST = 255


cdef int64_t distance(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size) noexcept nogil:
    cdef int64_t[LONGEST + 1] row
    cdef int64_t diagonal, best
    cdef size_t line, column
    for column in range(b_size + 1):
        row[column] = column
    for line in range(a_size):
        diagonal = row[0]
        row[0] = line + 1
        for column in range(b_size):
            best = diagonal + (a[line] != b[column])
            diagonal = row[column + 1]
            row[column + 1] = min(best, row[column] + 1, diagonal + 1)
    return row[b_size]


def levenshtein(const uint8_t[:, ::1] first not None, const uint8_t[:, ::1] second not None, int64_t[::1] distances not None):
    cdef Py_ssize_t count = first.shape[0], width = first.shape[1], index
    cdef const uint8_t *a
    cdef const uint8_t *b
    if second.shape[0] != count or second.shape[1] != width or distances.shape[0] != count or width > LONGEST:
        raise ValueError("ShapeMismatch")
    for index in range(count):
        a = &first[index, 0]
        b = &second[index, 0]
        distances[index] = distance(a, strnlen(<const char *>a, width), b, strnlen(<const char *>b, width))


def n_body(double[:, ::1] bodies not None, double dt, int64_t steps):
    cdef Py_ssize_t count = bodies.shape[0], i, j, axis
    cdef int64_t step
    cdef double dx, dy, dz, squared, pull
    if bodies.shape[1] != 7:
        raise ValueError("ShapeMismatch")
    for step in range(steps):
        for i in range(count):
            for j in range(i + 1, count):
                dx = bodies[i, 0] - bodies[j, 0]
                dy = bodies[i, 1] - bodies[j, 1]
                dz = bodies[i, 2] - bodies[j, 2]
                squared = dx * dx + dy * dy + dz * dz
                pull = dt / (squared * sqrt(squared))
                bodies[i, 3] -= dx * bodies[j, 6] * pull
                bodies[i, 4] -= dy * bodies[j, 6] * pull
                bodies[i, 5] -= dz * bodies[j, 6] * pull
                bodies[j, 3] += dx * bodies[i, 6] * pull
                bodies[j, 4] += dy * bodies[i, 6] * pull
                bodies[j, 5] += dz * bodies[i, 6] * pull
        for i in range(count):
            for axis in range(3):
                bodies[i, axis] += dt * bodies[i, 3 + axis]


def sum_ints(f, int64_t n):
    cdef uint64_t total = 0
    cdef int64_t i
    for i in range(n):
        total += <uint64_t><int64_t>f(i)
    return <int64_t>total


def integrate(f, int64_t n):
    cdef double step = 1 / <double>n, total = 0
    cdef int64_t i
    for i in range(n):
        total += <double>f((i + 0.5) * step)
    return total * step


def fold(f, int64_t n):
    cdef double x = 1
    cdef int64_t i
    for i in range(n):
        x = f(x, i)
    return x


def lengths(f, str text not None, int64_t n):
    cdef int64_t total = 0, i
    cdef bytes utf8 = text.encode()
    for i in range(n):
        total += len((<str?>f(utf8.decode())).encode())
    return total


cdef uint64_t count_primes(uint64_t limit) noexcept nogil:
    cdef uint64_t found = 0, n = 2, d
    while n < limit:
        d = 2
        while d * d <= n and n % d != 0:
            d += 1
        found += d * d > n
        n += 1
    return found


def primes(uint64_t limit):
    cdef uint64_t found
    with nogil:
        found = count_primes(limit)
    return found
