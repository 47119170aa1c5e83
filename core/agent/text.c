/* SPDX-License-Identifier: MIT */
/* What was seen as JSON, one object a line: the fields of `relayviz kernel --json`. */
#include "agent.h"

#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>

enum { MINOR_BITS = 20 };

static void text(FILE *to, const char *value)
{
    putc('"', to);
    for (const unsigned char *at = (const unsigned char *)value; *at; at++) {
        if (*at == '"' || *at == '\\')
            fprintf(to, "\\%c", *at);
        else if (*at < 0x20 || *at >= 0x7f) /* a torn name need not be UTF-8 */
            fprintf(to, "\\u%04x", *at);
        else
            putc(*at, to);
    }
    putc('"', to);
}

static void named(FILE *to, const char *name, const char *value)
{
    fprintf(to, ",\"%s\":", name);
    if (*value)
        text(to, value);
    else
        fputs("null", to);
}

static void padding(FILE *to, const struct buffer *buffer, uint64_t n)
{
    uint64_t count = buffer->produced + 1 - buffer->since;
    bool all = count >= n || buffer->since == 0 || buffer->mid_switch;
    if (all) {
        fputs(",\"padding\":[", to);
        for (uint64_t i = 0; i < n; i++)
            fprintf(to, "%s%" PRIu64, i ? "," : "", buffer->padding[i]);
    } else {
        fprintf(to, ",\"padding_since\":%" PRIu64 ",\"newer_padding\":[", buffer->since);
        for (uint64_t i = 0; i < count; i++)
            fprintf(to, "%s%" PRIu64, i ? "," : "", buffer->padding[(buffer->since + i) % n]);
    }
    putc(']', to);
}

static void values_of(FILE *to, const struct buffer *buffer)
{
    fprintf(to, "\"addr\":%" PRIu64 ",\"percpu_slot\":%" PRIu32, buffer->address, buffer->slot);
    for (size_t i = 0; i < BUFFER_VALUES; i++)
        if (buffer_has(i))
            fprintf(to, ",\"%s\":%" PRIu64, buffer_fields[i].name, buffer->values[i]);
    fprintf(to, ",\"waiters\":%s,\"mid_switch\":%s", buffer->waiter ? "true" : "false",
            buffer->mid_switch ? "true" : "false");
}

static void text_buffer(FILE *to, const struct buffer *buffer, uint64_t n)
{
    putc('{', to);
    values_of(to, buffer);
    fprintf(to, ",\"page0\":%" PRIu64 ",\"pagelast\":%" PRIu64 ",\"i_size\":%" PRId64,
            buffer->page_first, buffer->page_last, buffer->file_size);
    named(to, "file", buffer->file);
    padding(to, buffer, n);
    putc('}', to);
}

static void text_channel(FILE *to, const struct channel *channel)
{
    fprintf(to, "{\"addr\":%" PRIu64, channel->address);
    for (size_t i = 0; i < CHANNEL_VALUES; i++)
        if (channel_has(i))
            fprintf(to, ",\"%s\":%" PRIu64, channel_fields[i].name, channel->values[i]);
    fputs(",\"base_filename\":", to);
    text(to, channel->base);
    named(to, "parent", channel->parent);
    fputs(",\"cb_syms\":{", to);
    for (size_t i = 0; i < CALLBACKS; i++) {
        fprintf(to, "%s\"%s\":", i ? "," : "", callback_names[i]);
        if (channel->callbacks[i])
            text(to, channel->callbacks[i]);
        else if (channel->callback_addresses[i])
            fprintf(to, "\"%#" PRIx64 "\"", channel->callback_addresses[i]);
        else
            fputs("null", to);
    }
    putc('}', to);
    if (channel->is_blktrace)
        fprintf(to,
                ",\"client\":{\"kind\":\"blktrace\",\"struct\":\"blk_trace\",\"dropped\":%" PRIu32
                ",\"device\":\"%" PRIu32 ":%" PRIu32 "\"}",
                channel->dropped, channel->device >> MINOR_BITS,
                channel->device & ((1u << MINOR_BITS) - 1));
    fputs(",\"bufs\":[", to);
    for (size_t i = 0; i < channel->n_buffers; i++) {
        if (i)
            putc(',', to);
        text_buffer(to, &channel->buffers[i], channel->n_subbufs);
    }
    fputs("]}", to);
}

void text_look(FILE *to, const struct look *look, const struct frame *frame)
{
    fprintf(to, "{\"frame\":%lu,\"time\":%.6f,\"monotonic\":%.6f,\"cost_ms\":%.3f,\"retries\":%lu",
            frame->number, frame->wall, frame->monotonic, 1e3 * frame->cost, look->retries);
    struct utsname kernel;
    if (uname(&kernel) == 0)
        named(to, "release", kernel.release);
    fputs(",\"channels\":[", to);
    for (size_t i = 0; i < look->n_channels; i++) {
        if (i)
            putc(',', to);
        text_channel(to, &look->channels[i]);
    }
    fputs("],\"damage\":[", to);
    for (size_t i = 0; i < look->n_errors; i++) {
        if (i)
            putc(',', to);
        text(to, look->errors[i]);
    }
    fputs("]}\n", to);
}

static void base64(FILE *to, const uint8_t *data, uint64_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (uint64_t i = 0; i < length; i += 3) {
        uint32_t three = (uint32_t)data[i] << 16;
        if (i + 1 < length)
            three |= (uint32_t)data[i + 1] << 8;
        if (i + 2 < length)
            three |= data[i + 2];
        putc(digits[three >> 18], to);
        putc(digits[three >> 12 & 63], to);
        putc(i + 1 < length ? digits[three >> 6 & 63] : '=', to);
        putc(i + 2 < length ? digits[three & 63] : '=', to);
    }
}

void text_bytes(FILE *to, uint64_t buffer, const struct bytes *bytes)
{
    fprintf(to, "{\"bytes\":%" PRIu64 ",\"from\":%" PRIu64 ",\"length\":%" PRIu64 ",\"before\":{",
            buffer, bytes->from, bytes->length);
    values_of(to, &bytes->before);
    padding(to, &bytes->before, bytes->n_subbufs);
    fputs("},\"after\":{", to);
    values_of(to, &bytes->after);
    fputs("},\"data\":\"", to);
    base64(to, bytes->data, bytes->length);
    fputs("\"}\n", to);
}

void text_error(FILE *to, const char *error)
{
    fputs("{\"error\":", to);
    text(to, error);
    fputs("}\n", to);
}
