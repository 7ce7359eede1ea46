// The header of an emitted C file.

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
