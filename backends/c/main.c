// The `main` of an emitted C file: lines of tokens in, lines of labels out.

//// opening
#ifndef TPC_NO_MAIN
#include <stdio.h>

/* Lines that are labelled together, the longest of them, and what a message shows of a word. */
enum { BATCH = 1024, LINE = 1 << 20, BUFFER = 3 * LINE, SHOWN = 80 };

//// digits
/* Each run of the digits 0 to 9 becomes one `@`. */
static size_t digits(char *word, size_t size)
{
    size_t kept = 0;
    int inside = 0;
    for (size_t k = 0; k < size; k++) {
        int digit = word[k] >= '0' && word[k] <= '9';
        if (!digit || !inside)
            word[kept++] = digit ? '@' : word[k];
        inside = digit;
    }
    return kept;
}

//// lower
/* Lower case, of ASCII and of what else the vocabulary tells apart. */
static const char *const letters[][2] = @letters@;

static size_t lower(char *word, size_t size)
{
    static char shown[BUFFER];
    size_t kept = 0;
    for (size_t k = 0; k < size;) {
        size_t found = 0, at = 0;
        for (; *letters[at][0]; at++) {
            size_t width = strlen(letters[at][0]);
            if (k + width <= size && memcmp(word + k, letters[at][0], width) == 0) {
                found = width;
                break;
            }
        }
        if (found) {
            size_t width = strlen(letters[at][1]);
            memcpy(shown + kept, letters[at][1], width);
            kept += width;
            k += found;
        } else {
            char c = word[k++];
            shown[kept++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        }
    }
    memcpy(word, shown, kept);
    return kept;
}

//// rewrite
static size_t rewrite(char *word, size_t size)
{
@steps@    return size;
}

//// read
static unsigned long line_number;

/* Stop with a message that names the line; of a long word it has the start. */
static void fail(const char *message, const char *word, size_t size)
{
    size_t shown = size < SHOWN ? size : SHOWN;
    while (shown < size && shown > 0 && ((unsigned char)word[shown] & 0xC0) == 0x80)
        shown--; /* Not a part of a character. */
    fflush(stdout);
    fprintf(stderr, "line %lu: error: %s", line_number, message);
    if (word)
        fprintf(stderr, " \"%.*s%s\"", (int)shown, word, shown < size ? "..." : "");
    if (shown < size)
        fprintf(stderr, " (%lu bytes)", (unsigned long)size);
    fprintf(stderr, "\n");
    exit(2);
}

/* The id of a word. */
static @p@_token token_id(const char *word, size_t size)
{
    size_t low = 0, high = @guard@_TOKENS;
    while (low < high) {
        size_t middle = (low + high) / 2;
        uint32_t id = sorted_tokens[middle];
        size_t common = size < token_sizes[id] ? size : token_sizes[id];
        int order = memcmp(word, @p@_tokens[id], common);
        if (order == 0)
            order = (size > token_sizes[id]) - (size < token_sizes[id]);
        if (order == 0 && (int)id == @pad@)
            fail("padding is no input", word, size);
        if (order == 0)
            return (@p@_token)id;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    if (@unknown@ < 0)
        fail("the program does not know the token", word, size);
    return (@p@_token)@unknown@;
}

/* Append a character as UTF-8. */
static char *append(char *end, unsigned long code)
{
    if (code < 0x80) {
        *end++ = (char)code;
    } else if (code < 0x800) {
        *end++ = (char)(0xC0 | code >> 6);
        *end++ = (char)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *end++ = (char)(0xE0 | code >> 12);
        *end++ = (char)(0x80 | (code >> 6 & 0x3F));
        *end++ = (char)(0x80 | (code & 0x3F));
    } else {
        *end++ = (char)(0xF0 | code >> 18);
        *end++ = (char)(0x80 | (code >> 12 & 0x3F));
        *end++ = (char)(0x80 | (code >> 6 & 0x3F));
        *end++ = (char)(0x80 | (code & 0x3F));
    }
    return end;
}

/* Four hexadecimal digits, or -1. */
static long hexadecimal(const char *text)
{
    long code = 0;
    for (int k = 0; k < 4; k++) {
        char c = text[k];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

/* Read the string that starts behind a quote; write it to `*end`; return what follows it. */
static const char *json_string(const char *text, char **end)
{
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    for (; *text != '"'; text++) {
        if ((unsigned char)*text < 0x20)
            fail("a string does not end", NULL, 0);
        if (*text != '\\') {
            *(*end)++ = *text;
            continue;
        }
        text++;
        const char *escape = *text ? strchr(escapes, *text) : NULL;
        if (escape) {
            *(*end)++ = meanings[escape - escapes];
            continue;
        }
        long code = *text == 'u' ? hexadecimal(text + 1) : -1;
        if (code < 0)
            fail("a string has a wrong escape", NULL, 0);
        text += 4;
        if (code >= 0xD800 && code < 0xDC00 && text[1] == '\\' && text[2] == 'u') {
            long low = hexadecimal(text + 3);
            if (low >= 0xDC00 && low < 0xE000) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                text += 6;
            }
        }
        *end = append(*end, (unsigned long)code);
    }
    return text + 1;
}

/* The lines that wait, and what their labels are replaced by at the ends. */
static @p@_token ids[BATCH * MAX_LENGTH];
static @p@_class labels[@room@];
static uint32_t sizes[BATCH];
static char echo_first[BATCH], echo_last[BATCH];

/* Add a word to the line that is being read; returns the number of words. */
static uint32_t add_word(size_t waiting, uint32_t count, char *word, size_t size)
{
    if (count == MAX_LENGTH)
        fail("the sequence is longer than the program takes", NULL, 0);
    if (count == 0)
        echo_first[waiting] = size == 3 && memcmp(word, "<s>", 3) == 0;
    echo_last[waiting] = size == 4 && memcmp(word, "</s>", 4) == 0;
    size = rewrite(word, size);
    ids[waiting * MAX_LENGTH + count] = token_id(word, size);
    return count + 1;
}

/* Read a line without its end; 0 if there is none. */
static int read_line(char *line)
{
    static char buffer[1 << 16];
    static size_t at, filled;
    size_t size = 0;
    for (;;) {
        if (at == filled) {
            at = 0;
            filled = fread(buffer, 1, sizeof buffer, stdin);
        }
        char *end = memchr(buffer + at, '\n', filled - at);
        size_t more = end ? (size_t)(end - buffer) - at : filled - at;
        if (size + more >= LINE)
            fail("the line is too long", NULL, 0);
        memcpy(line + size, buffer + at, more);
        size += more;
        at += more + (end != NULL);
        if (end || filled == 0) {
            if (memchr(line, 0, size))
                fail("the line has a zero byte", NULL, 0);
            line[size] = 0;
            return end || size > 0;
        }
    }
}

static int blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Read a JSON list of strings, or words between spaces, as the line number `waiting`. */
static void encode(char *text, size_t waiting, int spaces)
{
    static char word[BUFFER];
    uint32_t count = 0;
    echo_first[waiting] = echo_last[waiting] = 0;
    if (spaces) {
        for (char *end = text; *text; text = end) {
            while (blank(*text))
                text++;
            for (end = text; *end && !blank(*end);)
                end++;
            if (end > text) {
                memcpy(word, text, (size_t)(end - text));
                count = add_word(waiting, count, word, (size_t)(end - text));
            }
        }
    } else {
        const char *at = text;
        int more = 1;
        if (*at++ != '[')
            fail("the line is no JSON list", NULL, 0);
        while (blank(*at))
            at++;
        if (*at == ']') {
            more = 0;
            at++;
        }
        while (more) {
            while (blank(*at))
                at++;
            if (*at++ != '"')
                fail("the list has something else than strings", NULL, 0);
            char *end = word;
            at = json_string(at, &end);
            count = add_word(waiting, count, word, (size_t)(end - word));
            while (blank(*at))
                at++;
            if (*at != ',' && *at != ']')
                fail("the list does not end", NULL, 0);
            more = *at++ == ',';
        }
        while (blank(*at))
            at++;
        if (*at)
            fail("something follows the list", NULL, 0);
    }
@empty@    sizes[waiting] = count;
}

//// show_each
static void show(size_t line, int raw, int spaces)
{
    fputs(spaces ? "" : "[", stdout);
    for (uint32_t i = 0; i < sizes[line]; i++) {
        int label = labels[line * MAX_LENGTH + i];
        const char *text = spaces ? @p@_classes[label] : class_json[label];
        if (!raw && i == 0 && echo_first[line])
            text = spaces ? "<s>" : "\"<s>\"";
        if (!raw && i + 1 == sizes[line] && echo_last[line])
            text = spaces ? "</s>" : "\"</s>\"";
        if (i > 0)
            fputs(spaces ? " " : ", ", stdout);
        fputs(text, stdout);
    }
    fputs(spaces ? "\n" : "]\n", stdout);
}

//// show_pooled
static void show(size_t line, int raw, int spaces)
{
    (void)raw;
    fputs(spaces ? @p@_classes[labels[line]] : class_json[labels[line]], stdout);
    fputs("\n", stdout);
}

//// main
static void flush(@p@_state *state, size_t *waiting, int raw, int spaces)
{
    if (@p@_run(state, ids, sizes, *waiting, MAX_LENGTH, labels))
        abort(); /* Ids and lengths are checked above. */
    for (size_t line = 0; line < *waiting; line++)
        show(line, raw, spaces);
    *waiting = 0;
}

int main(int count, char **arguments)
{
    static char line[LINE];
    int raw = 0, spaces = 0;
    for (int k = 1; k < count; k++) {
        raw |= strcmp(arguments[k], "--raw") == 0;
        spaces |= strcmp(arguments[k], "--words") == 0;
        if (strcmp(arguments[k], "--raw") != 0 && strcmp(arguments[k], "--words") != 0) {
            fprintf(stderr,
                    "usage: %s [--raw] [--words]\n"
                    "JSON lists of tokens in, JSON @answer@ out; --words: between spaces.\n"
                    "--raw: labels at <s> and </s> instead of an echo.\n",
                    arguments[0]);
            return 2;
        }
    }
    @p@_state *state = @p@_create();
    if (!state) {
        fprintf(stderr, "error: there is no memory left\n");
        return 2;
    }
    size_t waiting = 0;
    for (line_number = 1; read_line(line); line_number++) {
        char *text = line;
        while (blank(*text))
            text++;
        if (!*text)
            continue;
        encode(text, waiting++, spaces);
        if (waiting == BATCH)
            flush(state, &waiting, raw, spaces);
    }
    flush(state, &waiting, raw, spaces);
    @p@_free(state);
    return 0;
}
#endif
