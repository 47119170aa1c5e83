/* SPDX-License-Identifier: MIT */
/* Where a field lies in a structure of this kernel: BTF, the kernel's own description of its types. */
#include "agent.h"

#include <string.h>

enum {
    BTF_MAGIC = 0xeb9f,
    KIND_POINTER = 2,
    KIND_ARRAY = 3,
    KIND_STRUCT = 4,
    KIND_UNION = 5,
    RECORD = 12, /* bytes: name, info, size or type */
    DEPTH_MAX = 16,
};

struct header {
    uint16_t magic;
    uint8_t version, flags;
    uint32_t length, types_at, types_length, names_at, names_length;
};

static uint32_t word(const uint8_t *at, uint32_t index)
{
    uint32_t value;
    memcpy(&value, at + 4 * (size_t)index, sizeof value);
    return value;
}

static uint32_t kind_of(const uint8_t *record)
{
    return word(record, 1) >> 24 & 31;
}

static uint32_t count_of(const uint8_t *record)
{
    return word(record, 1) & 0xffff;
}

/* Bytes that follow the record of a kind; the kinds are numbered in the kernel's BTF document. */
static uint32_t more_of(uint32_t kind, uint32_t count)
{
    switch (kind) {
    case 1:  /* int */
    case 14: /* variable */
    case 17: /* declaration tag */
        return 4;
    case 3: /* array */
        return 12;
    case 4:  /* struct */
    case 5:  /* union */
    case 15: /* data section */
    case 19: /* enum of 64 bits */
        return 12 * count;
    case 6:  /* enum */
    case 13: /* function's prototype */
        return 8 * count;
    default:
        return 0;
    }
}

static const char *name_of(const struct types *types, uint32_t at)
{
    return at < types->names_length ? types->names + at : "";
}

void types_open(struct types *types, const char *path)
{
    size_t length;
    uint8_t *all = agent_file(path,
                              "a kernel with CONFIG_DEBUG_INFO_BTF has it; else name a file "
                              "made for this kernel with --btf",
                              &length);
    struct header head;
    if (length < sizeof head)
        agent_fail("%s is too short for BTF", path);
    memcpy(&head, all, sizeof head);
    uint64_t types_end = (uint64_t)head.length + head.types_at + head.types_length;
    uint64_t names_end = (uint64_t)head.length + head.names_at + head.names_length;
    if (head.magic != BTF_MAGIC || types_end > length || names_end > length ||
        head.names_length == 0)
        agent_fail("%s is no BTF of this byte order, or not all of it", path);
    types->file = all;
    types->records = all + head.length + head.types_at;
    types->names = (const char *)all + head.length + head.names_at;
    types->names_length = head.names_length;
    all[names_end - 1] = 0; /* the last name ends, whatever the file says */
    types->at = agent_array(NULL, head.types_length / RECORD + 2, sizeof *types->at);
    types->n = 1; /* number 0 is void */
    for (uint64_t at = 0; at + RECORD <= head.types_length;) {
        const uint8_t *record = types->records + at;
        uint64_t next = at + RECORD + more_of(kind_of(record), count_of(record));
        if (next > head.types_length)
            agent_fail("%s ends within a type", path);
        types->at[types->n++] = (uint32_t)at;
        at = next;
    }
}

static const uint8_t *record_of(const struct types *types, uint32_t number)
{
    return number > 0 && number < types->n ? types->records + types->at[number] : NULL;
}

/* The record behind typedefs and qualifiers; NULL if there is none. */
static const uint8_t *bare(const struct types *types, uint32_t number)
{
    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        const uint8_t *record = record_of(types, number);
        if (!record)
            return NULL;
        uint32_t kind = kind_of(record);
        if (kind != 8 && kind != 9 && kind != 10 && kind != 11 && kind != 18)
            return record;
        number = word(record, 2);
    }
    return NULL;
}

static uint32_t size_of(const struct types *types, uint32_t number, int depth)
{
    const uint8_t *record = depth < DEPTH_MAX ? bare(types, number) : NULL;
    if (!record)
        return 0;
    if (kind_of(record) == KIND_POINTER)
        return 8;
    if (kind_of(record) == KIND_ARRAY)
        return word(record, 5) * size_of(types, word(record, 3), depth + 1);
    return word(record, 2);
}

/* One member by its name, also within members that have none. */
static bool member(const struct types *types, const uint8_t *record, const char *name,
                   size_t length, int depth, uint32_t *offset, uint32_t *type)
{
    if (!record || depth >= DEPTH_MAX ||
        (kind_of(record) != KIND_STRUCT && kind_of(record) != KIND_UNION))
        return false;
    for (uint32_t i = 0; i < count_of(record); i++) {
        const uint8_t *one = record + RECORD + 12 * (size_t)i;
        uint32_t bits = word(one, 2);
        /* with bit fields the upper 8 bits are a width */
        uint32_t here = (word(record, 1) >> 31 ? bits & 0xffffff : bits) / 8;
        const char *its = name_of(types, word(one, 0));
        if (strlen(its) == length && memcmp(its, name, length) == 0) {
            *offset = here;
            *type = word(one, 1);
            return true;
        }
        if (!*its &&
            member(types, bare(types, word(one, 1)), name, length, depth + 1, offset, type)) {
            *offset += here;
            return true;
        }
    }
    return false;
}

static uint32_t structure_number(const struct types *types, const char *name)
{
    for (uint32_t i = 1; i < types->n; i++) {
        const uint8_t *record = record_of(types, i);
        if (kind_of(record) == KIND_STRUCT && !strcmp(name_of(types, word(record, 0)), name))
            return i;
    }
    return 0;
}

struct place types_find(const struct types *types, const char *structure, const char *path)
{
    struct place place = {0, 0};
    uint32_t number = structure_number(types, structure);
    while (number && *path) {
        size_t length = strcspn(path, ".");
        uint32_t offset, type;
        if (!member(types, bare(types, number), path, length, 0, &offset, &type))
            return (struct place){0, 0};
        place.offset += offset;
        number = type;
        path += length + (path[length] == '.');
    }
    place.size = number ? size_of(types, number, 0) : 0;
    return place;
}

uint64_t types_value(struct place place, const uint8_t *raw)
{
    uint64_t value = 0;
    memcpy(&value, raw + place.offset, place.size > 8 ? 8 : place.size);
    return value;
}
