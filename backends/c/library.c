// Helpers of emitted C files, instantiated for the element types that a program uses: @T1@ stands for
// the type of the first storage, @1@ for the storage.
//
// Each works on one row: the values of one position in `LANES` sequences. Loops over lanes have a
// constant count and no branches, so that a compiler turns them into a few vector instructions.
// Bytes are looked up by bytes in tables that fill whole vectors.

//// take
/* Where a key is wanted, the value beside it. Values are read either way: compilers may not add
 * reads, and without them could not use vectors. */
static inline void @NAME@(
    @T2@ *found, const @T1@ *wanted, const @T1@ *keys, const @T2@ *values)
{
    for (int lane = 0; lane < LANES; lane++) {
        @T2@ value = values[lane], before = found[lane];
        found[lane] = keys[lane] == wanted[lane] ? value : before;
    }
}

//// floor_quotient
/* The quotient, rounded down. */
static inline int @NAME@(int a, int b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

//// floor_remainder
/* The remainder, with the sign of the divisor. */
static inline int @NAME@(int a, int b)
{
    int rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

//// least
static inline int @NAME@(int a, int b)
{
    return a < b ? a : b;
}

//// largest
static inline int @NAME@(int a, int b)
{
    return a > b ? a : b;
}

//// closest
/* The value at the nearest match: left before right, the position itself last; without a match the
 * value at position 0. From far to near, nearer matches replace. */
static inline void @NAME@(
    @T2@ *restrict result, const @T1@ *wanted, const @T1@ (*keys)[LANES],
    const @T2@ (*values)[LANES], int i, int length, int causal)
{
    @T2@ found[LANES];
    memcpy(found, values[0], sizeof found);
    take_@1@_@2@(found, wanted, keys[i], values[i]);
    int right = causal ? 0 : length - 1 - i;
    for (int d = i > right ? i : right; d > 0; d--) {
        if (d <= right)
            take_@1@_@2@(found, wanted, keys[i + d], values[i + d]);
        if (d <= i)
            take_@1@_@2@(found, wanted, keys[i - d], values[i - d]);
    }
    memcpy(result, found, sizeof found);
}

//// first
/* The value at the leftmost match; without a match the value at position 0. */
static inline void @NAME@(
    @T2@ *restrict result, const @T1@ *wanted, const @T1@ (*keys)[LANES],
    const @T2@ (*values)[LANES], int visible)
{
    @T2@ found[LANES];
    memcpy(found, values[0], sizeof found);
    for (int j = visible - 1; j >= 0; j--)
        take_@1@_@2@(found, wanted, keys[j], values[j]);
    memcpy(result, found, sizeof found);
}

//// best_offset
/* The value at the match of the best distance (they come worst first); else at position 0. */
static inline void @NAME@(
    @T2@ *restrict result, const @T1@ *wanted, const @T1@ (*keys)[LANES],
    const @T2@ (*values)[LANES], int i, int visible, const int *offsets)
{
    @T2@ found[LANES];
    memcpy(found, values[0], sizeof found);
    for (int k = 0; k < 2 * MAX_LENGTH - 1; k++) {
        int j = i + offsets[k];
        if (j >= 0 && j < visible)
            take_@1@_@2@(found, wanted, keys[j], values[j]);
    }
    memcpy(result, found, sizeof found);
}

//// at_position
/* The value at the wanted position; at position 0 where that is not visible. */
static inline void @NAME@(
    @T2@ *restrict result, const @T1@ *wanted, const @T2@ (*values)[LANES],
    const lane_length *lengths, int visible)
{
    @T2@ found[LANES];
    memcpy(found, values[0], sizeof found);
    for (int j = 1; j < visible; j++)
        for (int lane = 0; lane < LANES; lane++) {
            @T2@ value = values[j][lane], before = found[lane];
            int here = (wanted[lane] == (@T1@)j) & ((lane_length)j < lengths[lane]);
            found[lane] = here ? value : before;
        }
    memcpy(result, found, sizeof found);
}

//// at_fixed
/* The value at one position for all lanes; at position 0 where a sequence does not reach it. */
static inline void @NAME@(
    @T1@ *restrict result, int j, const @T1@ (*values)[LANES], const lane_length *lengths,
    int visible)
{
    if (j < 0 || j >= visible)
        j = 0;
    for (int lane = 0; lane < LANES; lane++) {
        @T1@ value = values[j][lane], other = values[0][lane];
        result[lane] = (lane_length)j < lengths[lane] ? value : other;
    }
}

//// total_at_position
/* The value at the wanted position; 0 where that is not visible. */
static inline void @NAME@(
    @T3@ *restrict result, const @T1@ *wanted, const @T2@ (*values)[LANES],
    const lane_length *lengths, int visible)
{
    @T3@ found[LANES] = {0};
    for (int j = 0; j < visible; j++)
        for (int lane = 0; lane < LANES; lane++) {
            @T3@ value = values[j][lane], before = found[lane];
            int here = (wanted[lane] == (@T1@)j) & ((lane_length)j < lengths[lane]);
            found[lane] = here ? value : before;
        }
    memcpy(result, found, sizeof found);
}

//// total_at_fixed
/* The value at one position for all lanes; 0 where a sequence does not reach it. */
static inline void @NAME@(
    @T2@ *restrict result, int j, const @T1@ (*values)[LANES], const lane_length *lengths,
    int visible)
{
    if (j < 0 || j >= visible) {
        memset(result, 0, LANES * sizeof *result);
        return;
    }
    for (int lane = 0; lane < LANES; lane++) {
        @T2@ value = values[j][lane];
        result[lane] = (lane_length)j < lengths[lane] ? value : 0;
    }
}

//// count
/* How many keys match. */
static inline void @NAME@(
    @T2@ *restrict result, const @T1@ *wanted, const @T1@ (*keys)[LANES], int visible)
{
    @T2@ found[LANES] = {0};
    for (int j = 0; j < visible; j++)
        for (int lane = 0; lane < LANES; lane++)
            found[lane] = (@T2@)(found[lane] + (keys[j][lane] == wanted[lane]));
    memcpy(result, found, sizeof found);
}

//// total
/* The sum of the values at all matches, from left to right. */
static inline void @NAME@(
    @T3@ *restrict result, const @T1@ *wanted, const @T1@ (*keys)[LANES],
    const @T2@ (*values)[LANES], int visible)
{
    @T3@ found[LANES] = {0};
    for (int j = 0; j < visible; j++)
        for (int lane = 0; lane < LANES; lane++) {
            @T3@ before = found[lane], more = (@T3@)(before + values[j][lane]);
            found[lane] = keys[j][lane] == wanted[lane] ? more : before;
        }
    memcpy(result, found, sizeof found);
}

//// best_score
/* The value at the key of the best rank (0), the first of equal ones. */
static inline void @NAME@(
    @T3@ *restrict result, const @T1@ *query, const @T2@ (*keys)[LANES],
    const @T3@ (*values)[LANES], const lane_length *lengths, int visible, const @T4@ *ranks,
    size_t columns)
{
    for (int lane = 0; lane < LANES; lane++) {
        const @T4@ *row = ranks + columns * query[lane];
        int chosen = 0;
        for (int j = 1; j < visible && j < lengths[lane]; j++)
            if (row[keys[j][lane]] < row[keys[chosen][lane]])
                chosen = j;
        result[lane] = values[chosen][lane];
    }
}

//// look_up
/* An entry of a table for each lane. */
static inline void @NAME@(
    @T2@ *restrict result, const @T1@ *index, const @T2@ *table)
{
    for (int lane = 0; lane < LANES; lane++)
        result[lane] = table[index[lane]];
}

//// mask_keys
/* Keys that nothing looks for behind the end of a sequence. */
static inline void @NAME@(
    @T1@ *restrict result, const @T1@ *keys, const lane_length *lengths, int i)
{
    for (int lane = 0; lane < LANES; lane++) {
        @T1@ key = keys[lane];
        result[lane] = (lane_length)i < lengths[lane] ? key : (@T1@)(@PAD1@);
    }
}

//// look_up_bytes
/* An entry of a table of at most @size@ bytes for each lane. */
static inline void look_up_@size@(uint8_t *restrict result, const uint8_t *index,
                                  const uint8_t *table)
{
#ifdef __AVX512VBMI__
    __m512i at = _mm512_loadu_si512(index);
@vector@
#else
    for (int lane = 0; lane < LANES; lane++)
        result[lane] = table[index[lane]];
#endif
}

//// vector_64
    _mm512_storeu_si512(result, _mm512_permutexvar_epi8(at, _mm512_loadu_si512(table)));

//// vector_128
    __m512i low = _mm512_loadu_si512(table), high = _mm512_loadu_si512(table + 64);
    _mm512_storeu_si512(result, _mm512_permutex2var_epi8(low, at, high));

//// vector_256
    __m512i a = _mm512_loadu_si512(table), b = _mm512_loadu_si512(table + 64);
    __m512i c = _mm512_loadu_si512(table + 128), d = _mm512_loadu_si512(table + 192);
    __m512i low = _mm512_permutex2var_epi8(a, at, b), high = _mm512_permutex2var_epi8(c, at, d);
    _mm512_storeu_si512(result, _mm512_mask_blend_epi8(_mm512_movepi8_mask(at), low, high));
