/* JSON lines to token ids, and labels to JSON lines, beside an emitted program: see lines.py.
 *
 * Compiled with TOKEN and CLASS, the program's types. Words are known by their spelling between the
 * quotes, escapes and all; what they mean, Python says, once for each spelling.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A spelling: where it is in `letters`, the token's id, and whether it is framing (1, 2). */
typedef struct {
    size_t start;
    uint32_t size, id;
    uint64_t hash;
    int mark, used;
} spelling;

typedef struct {
    spelling *slots; /* A power of two of them; see `used`. */
    size_t mask;
    char *letters;
    size_t filled, room;
} spellings;

/* How reading ended: all is read or no row is left; a line that Python must look at; a word that
 * is not known yet. */
enum { DONE, REFUSED, UNKNOWN };

void tpc_forget(spellings *known)
{
    if (known) {
        free(known->slots);
        free(known->letters);
        free(known);
    }
}

/* Room for at least `count` spellings. */
spellings *tpc_spellings(size_t count)
{
    spellings *known = calloc(1, sizeof *known);
    size_t slots = 64;
    while (slots < 2 * count)
        slots *= 2;
    if (known) {
        known->mask = slots - 1;
        known->slots = calloc(slots, sizeof *known->slots);
    }
    if (known && known->slots)
        return known;
    tpc_forget(known);
    return NULL;
}

static uint64_t mixed(uint64_t hash, char letter)
{
    hash = (hash ^ (unsigned char)letter) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

static spelling *find(const spellings *known, const char *word, size_t size, uint64_t hash)
{
    for (size_t slot = hash & known->mask;; slot = (slot + 1) & known->mask) {
        spelling *found = known->slots + slot;
        if (!found->used)
            return found;
        if (found->hash == hash && found->size == size &&
            (size == 0 || memcmp(known->letters + found->start, word, size) == 0))
            return found;
    }
}

/* Remember a spelling that is not known yet; 0 if there is no memory. */
int tpc_remember(spellings *known, const char *word, size_t size, uint32_t id, int mark)
{
    if (known->room - known->filled < size) {
        size_t room = 2 * known->room + size;
        char *letters = realloc(known->letters, room);
        if (!letters)
            return 0;
        known->letters = letters;
        known->room = room;
    }
    uint64_t hash = 0;
    for (size_t k = 0; k < size; k++)
        hash = mixed(hash, word[k]);
    spelling *found = find(known, word, size, hash);
    *found = (spelling){known->filled, (uint32_t)size, id, hash, mark, 1};
    if (size > 0)
        memcpy(known->letters + known->filled, word, size);
    known->filled += size;
    return 1;
}

static const char *behind_spaces(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

/* Read lines from `*at` on, up to `rows` of them or a line that ends otherwise than with DONE;
 * `*at` is then its start, and of an unknown word `*word` and `*size` are the spelling.
 * Everything but a list of words that the program takes is left to Python. */
int tpc_read(const spellings *known, const char *text, size_t *at, size_t length, TOKEN *ids,
             uint32_t *lengths, uint8_t *marks, size_t *row, size_t rows, size_t stride,
             size_t *word, size_t *size)
{
    const char *end = text + length, *line = text + *at;
    while (line < end) {
        const char *next = behind_spaces(line, end);
        if (next < end && *next == '\n') {
            line = next + 1;
            *at = (size_t)(line - text);
            continue;
        }
        if (*row == rows)
            return DONE;
        if (next == end || *next++ != '[')
            return REFUSED;
        TOKEN *own = ids + *row * stride;
        uint32_t count = 0;
        int first = 0, last = 0;
        for (;;) {
            next = behind_spaces(next, end);
            if (next == end || *next++ != '"' || count == stride)
                return REFUSED;
            const char *start = next;
            uint64_t hash = 0;
            for (; next < end && *next != '"'; next++) {
                if ((unsigned char)*next < 0x20)
                    return REFUSED;
                hash = mixed(hash, *next);
                if (*next == '\\' && next + 1 < end && (unsigned char)next[1] >= 0x20)
                    hash = mixed(hash, *++next);
            }
            size_t letters = (size_t)(next - start);
            if (next == end || letters > UINT32_MAX)
                return REFUSED;
            const spelling *found = find(known, start, letters, hash);
            if (!found->used) {
                *word = (size_t)(start - text);
                *size = letters;
                return UNKNOWN;
            }
            last = found->mark;
            if (count == 0)
                first = last;
            own[count++] = (TOKEN)found->id;
            next = behind_spaces(next + 1, end);
            if (next == end || (*next != ',' && *next != ']'))
                return REFUSED;
            if (*next++ == ']')
                break;
        }
        next = behind_spaces(next, end);
        if (next < end && *next == '\r')
            next++;
        if (next < end && *next++ != '\n')
            return REFUSED;
        lengths[*row] = count;
        marks[(*row)++] = (uint8_t)((first == 1) | (last == 2) << 1);
        line = next;
        *at = (size_t)(line - text);
    }
    return DONE;
}

/* Strings by shape: of length n those from `first[n]` to before `first[n + 1]`, each of which has
 * `tokens` flags a position: which of them may stand there. */
typedef struct {
    const uint8_t *const *shapes;
    const uint32_t *first;
    size_t tokens;
} language;

static int fits(const uint8_t *allowed, size_t tokens, const TOKEN *ids, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        if (!allowed[i * tokens + ids[i]])
            return 0;
    return 1;
}

/* Whether every line that was read is of some shape. */
int tpc_covered(const language *promised, const TOKEN *ids, const uint32_t *lengths, size_t rows,
                size_t stride)
{
    for (size_t row = 0; row < rows; row++) {
        uint32_t length = lengths[row], shape = promised->first[length];
        uint32_t end = promised->first[length + 1];
        while (shape < end &&
               !fits(promised->shapes[shape], promised->tokens, ids + row * stride, length))
            shape++;
        if (shape == end)
            return 0;
    }
    return 1;
}

/* The texts of labels, `width` bytes apart; the last two are those of the framing tokens. */
typedef struct {
    const char *texts;
    const uint32_t *sizes;
    size_t width, classes;
} names;

static char *add(char *end, const names *labels, size_t label)
{
    const char *text = labels->texts + labels->width * label;
    if (labels->width == 16)
        memcpy(end, text, 16);
    else
        memcpy(end, text, labels->sizes[label]);
    return end + labels->sizes[label];
}

/* Write the labels of some lines; returns how many bytes. Each text ends with a comma and a space,
 * of pooled programs (`stride` 0) with the line's end. */
size_t tpc_write(const names *labels, const CLASS *found, const uint32_t *lengths,
                 const uint8_t *marks, size_t rows, size_t stride, char *text)
{
    char *end = text;
    for (size_t row = 0; row < rows; row++) {
        if (stride == 0) {
            end = add(end, labels, found[row]);
            continue;
        }
        const CLASS *own = found + row * stride;
        *end++ = '[';
        for (uint32_t i = 0; i < lengths[row]; i++) {
            size_t label = own[i];
            if (i == 0 && (marks[row] & 1))
                label = labels->classes;
            if (i + 1 == lengths[row] && (marks[row] & 2))
                label = labels->classes + 1;
            end = add(end, labels, label);
        }
        end[-2] = ']';
        end[-1] = '\n';
    }
    return (size_t)(end - text);
}
