/* SPDX-License-Identifier: MIT */
/* Addresses and names: /proc/kallsyms, the kernel's own table and those of its modules. */
#include "agent.h"

#include <stdlib.h>
#include <string.h>

/* Of several at one address, the first in the file first: the names point into it. */
static int by_address(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return (x->name > y->name) - (x->name < y->name);
}

void symbols_open(struct symbols *symbols, const char *path)
{
    size_t length, room = 0;
    char *all = (char *)agent_file(path, "a kernel with CONFIG_KALLSYMS has it", &length);
    symbols->file = all;
    symbols->n = 0;
    symbols->by_address = NULL;
    for (char *line = all; *line;) {
        char *end = line + strcspn(line, "\n");
        char *next = *end ? end + 1 : end;
        *end = 0;
        char *rest;
        uint64_t address = strtoull(line, &rest, 16);
        /* "ffffffff81000000 T _stext", for a module's "\t[name]" behind it */
        if (rest != line && rest[0] == ' ' && rest[1] && rest[2] == ' ') {
            char *name = rest + 3;
            name[strcspn(name, "\t ")] = 0;
            if (symbols->n == room) {
                room = room ? 2 * room : 1 << 17;
                symbols->by_address =
                    agent_array(symbols->by_address, room, sizeof *symbols->by_address);
            }
            symbols->by_address[symbols->n++] = (struct symbol){address, name};
        }
        line = next;
    }
    if (symbols->n)
        qsort(symbols->by_address, symbols->n, sizeof *symbols->by_address, by_address);
    if (!symbols->n || !symbols->by_address[symbols->n - 1].address)
        agent_fail("%s shows no addresses: it needs the capability CAP_SYSLOG, and "
                   "/proc/sys/kernel/kptr_restrict below 2",
                   path);
}

uint64_t symbols_address(const struct symbols *symbols, const char *name)
{
    const struct symbol *found = NULL;
    for (size_t i = 0; i < symbols->n; i++) {
        const struct symbol *one = &symbols->by_address[i];
        if (strcmp(one->name, name) != 0)
            continue;
        if (found && found->address != one->address)
            agent_fail("this kernel has several symbols %s: which one is relay's is not known",
                       name);
        found = one;
    }
    if (found)
        return found->address;
    agent_fail("this kernel has no symbol %s: it needs CONFIG_RELAY and CONFIG_KALLSYMS_ALL", name);
}

const char *symbols_name(const struct symbols *symbols, uint64_t address)
{
    size_t low = 0, high = symbols->n;
    if (!address) /* per-CPU symbols have addresses from 0 on */
        return NULL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (symbols->by_address[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == symbols->n || symbols->by_address[low].address != address)
        return NULL;
    return symbols->by_address[low].name;
}
