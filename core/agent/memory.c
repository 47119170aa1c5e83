/* SPDX-License-Identifier: MIT */
/* The kernel's memory by virtual address: the segments of /proc/kcore, an ELF core. */
#include "agent.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096 };

static const char *remedy_of(int error)
{
    switch (error) {
    case EACCES:
        return "it needs the capability CAP_DAC_READ_SEARCH, or root";
    case EPERM:
        return "it needs the capability CAP_SYS_RAWIO, and a kernel that is not locked down for "
               "confidentiality (/sys/kernel/security/lockdown)";
    case ENOENT:
        return "this kernel has none (CONFIG_PROC_KCORE), or /proc is not mounted";
    default:
        return "see what the file is";
    }
}

void memory_open(struct memory *memory, const char *path)
{
    Elf64_Ehdr head;
    memory->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (memory->fd < 0)
        agent_fail("%s: %s: %s", path, strerror(errno), remedy_of(errno));
    ssize_t got = pread(memory->fd, &head, sizeof head, 0);
    if (got < 0)
        agent_fail("%s: %s: %s", path, strerror(errno), remedy_of(errno));
    if (got != sizeof head || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
        head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_ident[EI_DATA] != ELFDATA2LSB ||
        head.e_phentsize != sizeof(Elf64_Phdr))
        agent_fail("%s is no 64-bit little-endian ELF core: only such kernels can be read", path);
    memory->segments = agent_array(NULL, head.e_phnum, sizeof *memory->segments);
    memory->n_segments = 0;
    for (size_t i = 0; i < head.e_phnum; i++) {
        Elf64_Phdr one;
        off_t at = (off_t)(head.e_phoff + i * sizeof one);
        if (pread(memory->fd, &one, sizeof one, at) != sizeof one)
            agent_fail("%s ends within its program headers", path);
        if (one.p_type == PT_LOAD)
            memory->segments[memory->n_segments++] =
                (struct segment){one.p_vaddr, one.p_memsz, one.p_offset};
    }
    if (memory->n_segments == 0)
        agent_fail("%s has no memory in it", path);
}

bool memory_read(const struct memory *memory, uint64_t address, void *to, size_t length)
{
    /* segments overlap: the kernel's image is one of its own within a larger one */
    for (size_t i = 0; i < memory->n_segments; i++) {
        const struct segment *s = &memory->segments[i];
        if (address < s->address || address - s->address >= s->length ||
            length > s->length - (address - s->address))
            continue;
        uint8_t *at = to;
        uint64_t from = s->at + (address - s->address);
        size_t left = length;
        while (left > 0) {
            ssize_t got = pread(memory->fd, at, left, (off_t)from);
            if (got <= 0)
                break;
            at += got;
            from += (uint64_t)got;
            left -= (size_t)got;
        }
        if (left == 0)
            return true;
    }
    return false;
}

bool memory_u64(const struct memory *memory, uint64_t address, uint64_t *value)
{
    *value = 0;
    return memory_read(memory, address, value, sizeof *value);
}

bool memory_text(const struct memory *memory, uint64_t address, char *to, size_t size)
{
    size_t have = 0;
    memset(to, 0, size);
    while (have + 1 < size) {
        /* the page behind a text may not be there */
        size_t step = PAGE - (size_t)((address + have) % PAGE);
        if (step > size - 1 - have)
            step = size - 1 - have;
        if (!memory_read(memory, address + have, to + have, step)) {
            memset(to + have, 0, size - have);
            return have > 0;
        }
        if (memchr(to + have, 0, step))
            return true;
        have += step;
    }
    return true;
}
