/* SPDX-License-Identifier: MIT */
/*
 * relay-agent: reads the relay channels of the running kernel from /proc/kcore and prints them.
 * It opens no relay file, so it takes nothing from a channel's consumer; it writes no file.
 *
 *   memory.c   the kernel's memory by virtual address
 *   types.c    where a field lies in a structure (BTF)
 *   symbols.c  addresses and names (kallsyms)
 *   walk.c     from the list of channels to plain values
 *   text.c     the values as JSON lines
 *   main.c     arguments, the frames of a stream, and what is asked for on standard input
 */
#ifndef RELAY_AGENT_H
#define RELAY_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Says what failed and what helps, and ends the program with status 1. */
_Noreturn void agent_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The whole file at path, with a 0 behind its last byte; ends the program if it cannot be read. */
uint8_t *agent_file(const char *path, const char *remedy, size_t *length);
/* Like realloc, for count elements of size bytes; ends the program if there is no memory. */
void *agent_array(void *old, size_t count, size_t size);

/* --- memory.c --- */

struct memory {
    int fd;
    size_t n_segments;
    struct segment {
        uint64_t address, length, at; /* at: where in the file */
    } * segments;
};

void memory_open(struct memory *memory, const char *path);
/* False if not all of the bytes are there. */
bool memory_read(const struct memory *memory, uint64_t address, void *to, size_t length);
bool memory_u64(const struct memory *memory, uint64_t address, uint64_t *value);
/* A text of at most size - 1 bytes, always with its 0; false if its first byte is not there. */
bool memory_text(const struct memory *memory, uint64_t address, char *to, size_t size);

/* --- types.c --- */

struct types {
    uint8_t *file; /* the others point into it */
    const uint8_t *records;
    const char *names;
    uint32_t names_length;
    uint32_t *at; /* where the record of a type begins, by its number */
    uint32_t n;
};

/* Where a field lies in its structure, in bytes; size 0: this kernel has no such field. */
struct place {
    uint32_t offset, size;
};

void types_open(struct types *types, const char *path);
/* path: members joined by dots, through structures without a name; "" is the structure itself */
struct place types_find(const struct types *types, const char *structure, const char *path);
/* The value of a field of up to 8 bytes; raw is the structure's memory. */
uint64_t types_value(struct place place, const uint8_t *raw);

/* --- symbols.c --- */

struct symbols {
    char *file; /* the names point into it */
    size_t n;
    struct symbol {
        uint64_t address;
        const char *name;
    } * by_address;
};

void symbols_open(struct symbols *symbols, const char *path);
/* Ends the program if the kernel has no such symbol. */
uint64_t symbols_address(const struct symbols *symbols, const char *name);
/* NULL if nothing begins there. */
const char *symbols_name(const struct symbols *symbols, uint64_t address);

/* --- walk.c --- */

enum { PATH_DEPTH = 31, TEXT_MAX = 256, PATH_LENGTH = PATH_DEPTH * TEXT_MAX + 1 };
enum { CHANNEL_VALUES = 10, BUFFER_VALUES = 17, CALLBACKS = 3 };
struct field {
    const char *name, *path;
};
extern const struct field channel_fields[CHANNEL_VALUES];
extern const struct field buffer_fields[BUFFER_VALUES];
extern const char *const callback_names[CALLBACKS];

struct buffer {
    uint64_t address;
    uint32_t slot; /* the CPU whose per-CPU pointer leads here */
    uint64_t values[BUFFER_VALUES];
    uint64_t start, produced; /* of values, for those who compute with them */
    uint64_t page_first, page_last;
    int64_t file_size;      /* -1: no file */
    char file[PATH_LENGTH]; /* "": no file */
    bool waiter;            /* somebody sleeps in poll or read */
    bool mid_switch;        /* no two looks in a row at which the writer was outside of a switch */
    uint64_t *padding; /* n_subbufs values, those of sub-buffers finished before `since` are old */
    uint64_t since;    /* the first sub-buffer, counted from 0, whose padding was read again */
};

struct channel {
    uint64_t address;
    uint64_t values[CHANNEL_VALUES];
    uint64_t subbuf_size, n_subbufs, alloc_size;
    const char *callbacks[CALLBACKS];
    uint64_t callback_addresses[CALLBACKS];
    char base[TEXT_MAX], parent[PATH_LENGTH];
    bool is_blktrace;
    uint32_t dropped, device; /* of the client, if it is */
    struct buffer *buffers;
    size_t n_buffers;
};

enum { ERRORS_MAX = 32 };

struct look {
    struct channel *channels;
    size_t n_channels;
    char errors[ERRORS_MAX][TEXT_MAX];
    size_t n_errors;
    unsigned long retries; /* structures read again, as their writer was within a switch */
};

struct kernel {
    struct memory memory;
    struct types types;
    struct symbols symbols;
    uint64_t head;
    uint32_t n_cpus;
    uint64_t *cpu_offsets; /* of the possible CPUs; others have no bit in cpus */
    uint8_t *cpus;
};

void kernel_open(struct kernel *kernel, const char *kcore, const char *kallsyms, const char *btf);
void kernel_close(struct kernel *kernel);
bool channel_has(size_t value);
bool buffer_has(size_t value);
/*
 * All channels as they are now. What cannot be read becomes an error of the look; the rest is kept.
 * before: an earlier look, or NULL; of its buffers only newer padding is read.
 */
void look_take(struct look *look, const struct kernel *kernel, const struct look *before);
void look_free(struct look *look);

/* Some bytes of a buffer's memory, and its counters before and after they were read. */
struct bytes {
    struct buffer before, after;
    uint8_t *data;
    uint64_t from, length, n_subbufs;
};

/* False if buffer is none of the look's, or its memory is not there. */
bool bytes_take(struct bytes *bytes, const struct kernel *kernel, const struct look *look,
                uint64_t buffer, uint64_t from, uint64_t length);
void bytes_free(struct bytes *bytes);

/* --- text.c --- */

struct frame {
    unsigned long number;
    double wall, monotonic, cost; /* seconds */
};

void text_look(FILE *to, const struct look *look, const struct frame *frame);
void text_bytes(FILE *to, uint64_t buffer, const struct bytes *bytes);
void text_error(FILE *to, const char *error);

#endif
