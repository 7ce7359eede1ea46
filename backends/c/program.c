// The part of an emitted C file that is the same for every program.

//// header
/* The Transformer Program `@title@`, on many sequences at once. Written by tpc.
 *
 *     @p@_state *state = @p@_create();
 *     @p@_run(state, ids, lengths, count, stride, labels);
 *     @p@_free(state);
 *
 * Nothing is allocated after @p@_create. A state serves one thread at a time.
 */
#ifndef @guard@_H
#define @guard@_H
#define @guard@_HEADER @digest@

#include <stddef.h>
#include <stdint.h>

enum {
    @guard@_MAX_LENGTH = @max_length@,
    @guard@_TOKENS = @vocabulary@,
    @guard@_CLASSES = @classes@
};

typedef @token_type@ @p@_token; /* An index into @p@_tokens. */
typedef @class_type@ @p@_class; /* An index into @p@_classes. */
typedef struct @p@_state @p@_state;

extern const char *const @p@_tokens[@guard@_TOKENS];
extern const char *const @p@_classes[@guard@_CLASSES];

/* Working memory for @p@_run, or NULL if there is none left. */
@p@_state *@p@_create(void);
void @p@_free(@p@_state *state);

/* Label `count` sequences.
 *
 * ids: sequence k is ids[k * stride] to ids[k * stride + lengths[k] - 1]; what stands behind its
 *     end is not looked at.
 * lengths: of the sequences, @least@ to @guard@_MAX_LENGTH and at most stride.
 * labels: @labels_are@
 *
 * Returns 0, or -1 if an id or a length is out of range; then labels are incomplete.
 */
int @p@_run(@p@_state *state, const @p@_token *ids, const uint32_t *lengths, size_t count,
@indent@size_t stride, @p@_class *labels);

#endif

//// opening
/* @about@
 *
 * Written by `tpc compile --target c`. C99, no dependencies.
 *
 *     cc -O3 -march=native @stem@.c -o @stem@    # JSON lines in, JSON lines out
 *     cc -O3 -march=native -DTPC_NO_MAIN -c @stem@.c    # to link with; see @stem@.h
 *
 * `label_block` is the program: a block of code for each variable. Variables are held
 * position by position, the values of 64 sequences side by side. */

#include "@stem@.h"
#if @guard@_HEADER != @digest@
#error "@stem@.h is not this program's: compile it again"
#endif

#include <stdlib.h>
#include <string.h>
#ifdef __AVX512VBMI__
#include <immintrin.h>
#endif

#ifdef __FAST_MATH__
#error "-ffast-math would change sums, and with them labels"
#endif
/* A multiplication fused with an addition rounds once where the program rounds twice. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=off")
#else
#pragma STDC FP_CONTRACT OFF
#endif

/* Sequences are sorted by length, SPAN at a time, and worked on in blocks of LANES. */
enum { MAX_LENGTH = @max_length@, LANES = 64, SPAN = 4096, CLASSES = @classes@ };
typedef @length_type@ lane_length;

/* Rows of a variable, to be read only: C does not add the const by itself. */
#define U8(rows) ((const uint8_t (*)[LANES])(rows))
#define U16(rows) ((const uint16_t (*)[LANES])(rows))
#define U32(rows) ((const uint32_t (*)[LANES])(rows))
#define F64(rows) ((const double (*)[LANES])(rows))
#define SCORES(rows) ((const fixed (*)[COLUMNS])(rows))

const char *const @p@_tokens[@guard@_TOKENS] = @token_names@;

const char *const @p@_classes[@guard@_CLASSES] = @class_names@;

//// state
struct @p@_state {
    lane_length lengths[LANES];
@members@
    @p@_class labels[@label_rows@][LANES];
    uint32_t doubts[@label_rows@ * LANES];
    uint32_t starts[MAX_LENGTH + 2]; /* For sorting: where the sequences of each length start. */
    uint16_t order[SPAN];
};

//// weights
static inline void add(double *restrict weight, const double *restrict row)
{
    for (int c = 0; c < CLASSES; c++)
        weight[c] += row[c];
}

static inline void add_times(double *restrict weight, const double *restrict row, double times)
{
    for (int c = 0; c < CLASSES; c++)
        weight[c] += row[c] * times;
}

/* The first of the classes with the largest weight. */
static int best_class(const double *weight)
{
    int best = answers[0];
    for (size_t k = 1; k < sizeof answers / sizeof *answers; k++)
        if (weight[answers[k]] > weight[best])
            best = answers[k];
    return best;
}

//// exact_each
/* The label of one position of one sequence, in binary64. */
static int exact_label(const @p@_state *s, int i, int lane)
{
    double weight[CLASSES] = {0};
    add_features(s, i, lane, weight);
    return best_class(weight);
}

//// exact_sum
/* The label of one sequence, in binary64: features, then positions are added up. */
static int exact_label(const @p@_state *s, int unused, int lane)
{
    double total[CLASSES] = {0};
    (void)unused;
    for (int i = 0; i < (int)s->lengths[lane]; i++) {
        double weight[CLASSES] = {0};
        add_features(s, i, lane, weight);
        add(total, weight);
    }
    return best_class(total);
}

//// fixed
/* Weights as integers; the smallest of a row is 0. */
static void fixed_point(fixed *row, const double *weight)
{
    double least = weight[answers[0]];
    for (int c = 1; c < ANSWERS; c++)
        least = weight[answers[c]] < least ? weight[answers[c]] : least;
    for (int c = 0; c < ANSWERS; c++)
        row[c] = (fixed)((weight[answers[c]] - least) * SCALE + 0.5);
}

/* Label one position by the classes that lead; note where a lead proves nothing. */
static inline int decide(@p@_state *s, int i, const fixed (*restrict score)[COLUMNS], int doubts)
{
    fixed class_score[COLUMNS][LANES];
    uint8_t close[LANES], any = 0;
    for (int lane = 0; lane < LANES; lane++) {
@transpose@
    }
    for (int lane = 0; lane < LANES; lane++) {
        fixed best = class_score[0][lane], second = -TIE - 1, label = (fixed)answers[0];
        for (int c = 1; c < ANSWERS; c++) {
            fixed one = class_score[c][lane];
            fixed lower = one < best ? one : best;
            second = lower > second ? lower : second;
            label = one > best ? (fixed)answers[c] : label;
            best = one > best ? one : best;
        }
        s->labels[i][lane] = (@p@_class)label;
        close[lane] = best - second <= TIE;
    }
    for (int lane = 0; lane < LANES; lane++)
        any |= close[lane];
    if (any)
        for (int lane = 0; lane < LANES; lane++) {
            s->doubts[doubts] = (uint32_t)(i * LANES + lane);
            doubts += close[lane];
        }
    return doubts;
}

/* Label the doubtful ones in binary64. */
static inline void settle(@p@_state *s, int doubts)
{
    for (int k = 0; k < doubts; k++) {
        int i = (int)s->doubts[k] / LANES, lane = (int)s->doubts[k] % LANES;
        if (i < (int)s->lengths[lane])
            s->labels[i][lane] = (@p@_class)exact_label(s, i, lane);
    }
}

//// closing
/* The program: labels of a block of sequences, the longest of `length` tokens. */
static void label_block(@p@_state *s, int length, int ragged)
{
    (void)ragged;
@body@
}

/* Fill what does not depend on the input. */
static void set_up(@p@_state *s)
{
    memset(s, 0, sizeof *s);
@setup@
}

@p@_state *@p@_create(void)
{
    @p@_state *state = malloc(sizeof *state);
    if (state)
        set_up(state);
    return state;
}

void @p@_free(@p@_state *state)
{
    free(state);
}

/* Number the sequences of a span by length; -1 if a length is out of range. */
static int sort_by_length(@p@_state *s, const uint32_t *lengths, size_t count, size_t stride)
{
    uint32_t *starts = s->starts;
    memset(starts, 0, sizeof s->starts);
    for (size_t k = 0; k < count; k++) {
        if (@too_short@lengths[k] > MAX_LENGTH || lengths[k] > stride)
            return -1;
        starts[lengths[k] + 1]++;
    }
    for (int length = 0; length < MAX_LENGTH; length++)
        starts[length + 1] += starts[length];
    for (size_t k = 0; k < count; k++)
        s->order[starts[lengths[k]]++] = (uint16_t)k;
    return 0;
}

int @p@_run(@p@_state *state, const @p@_token *ids, const uint32_t *lengths, size_t count,
@indent@size_t stride, @p@_class *labels)
{
    @p@_state *s = state;
    for (size_t start = 0; start < count; start += SPAN) {
        size_t span = count - start < SPAN ? count - start : SPAN;
        if (sort_by_length(s, lengths + start, span, stride))
            return -1;
        for (size_t block = 0; block < span; block += LANES) {
            int lanes = span - block < LANES ? (int)(span - block) : LANES;
            const uint16_t *order = s->order + block;
            int length = (int)lengths[start + order[lanes - 1]];
            int ragged = lanes < LANES || (int)lengths[start + order[0]] < length;
            if (length == 0)
                continue;
            for (int lane = 0; lane < LANES; lane++) {
                const @p@_token *row = ids + (start + order[lane < lanes ? lane : 0]) * stride;
                int own = lane < lanes ? (int)lengths[start + order[lane]] : 0;
                s->lengths[lane] = (lane_length)own;
                for (int i = 0; i < length; i++)
                    s->@tokens@[i][lane] = i < own ? row[i] : 0;
            }
            @p@_token largest = 0;
            for (int i = 0; i < length; i++)
                for (int lane = 0; lane < LANES; lane++)
                    largest = s->@tokens@[i][lane] > largest ? s->@tokens@[i][lane] : largest;
            if (largest >= @vocabulary@)
                return -1;
            label_block(s, length, ragged);
            for (int lane = 0; lane < lanes; lane++) {
                size_t k = start + order[lane];
                @store@
            }
        }
    }
    return 0;
}

#ifdef TPC_TRACE
/* The variables of the last block's first sequence, for checking. */
enum { TRACED = @held@ };
const char *const @p@_traced[TRACED] = @held_names@;

int @p@_trace(const @p@_state *s, int variable, int position, double *value)
{
    switch (variable) {
@cases@
    default: return -1;
    }
    return 0;
}
#endif

//// perceptron
/* One row of @name@. */
static void @shown@_row(@p@_state *s, int i)
{
    double output[@outputs@][LANES] = {{0}}, best[LANES];
    for (int unit = 0; unit < @hidden@; unit++) {
        const double *w = @shown@_w_in[unit];
        double sum[LANES] = {0};
@inputs@
        for (int lane = 0; lane < LANES; lane++) {
            sum[lane] = @shown@_b_in[unit] + sum[lane];
            sum[lane] = sum[lane] > 0 ? sum[lane] : 0;
        }
        for (int out = 0; out < @outputs@; out++)
            for (int lane = 0; lane < LANES; lane++)
                output[out][lane] += sum[lane] * @shown@_w_out[unit][out];
    }
    for (int lane = 0; lane < LANES; lane++) {
        best[lane] = @shown@_b_out[0] + output[0][lane];
        @result@[lane] = 0;
    }
    for (int out = 1; out < @outputs@; out++)
        for (int lane = 0; lane < LANES; lane++) {
            double weight = @shown@_b_out[out] + output[out][lane];
            if (weight > best[lane]) {
                best[lane] = weight;
                @result@[lane] = (@type@)out;
            }
        }
}
