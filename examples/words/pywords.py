"""What words.zig does, in pure Python."""

from collections import Counter


def letters(words):
    return dict(sorted(Counter("".join(words)).items()))


def anagrams(words):
    families = {}
    for word in words:
        families.setdefault("".join(sorted(word)), []).append(word)
    return {key: family for key, family in families.items() if len(family) > 1}


def distance(a, b):
    row = list(range(len(b) + 1))
    for line, letter in enumerate(a, 1):
        diagonal, row[0] = row[0], line
        for column, other in enumerate(b, 1):
            exchanged = diagonal + (letter != other)
            diagonal = row[column]
            row[column] = min(exchanged, row[column - 1] + 1, diagonal + 1)
    return row[-1]


def distances(pairs):
    return [distance(a, b) for a, b in pairs]


def nearest(word, words):
    far = [distance(word, candidate) for candidate in words]
    least = min(far, default=0)
    return [candidate for candidate, one in zip(words, far, strict=True) if one == least], least


def unknown(words, known):
    known = set(known)
    return [word for word in dict.fromkeys(words) if word not in known]
