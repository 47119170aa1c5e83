// SPDX-License-Identifier: MIT
// Pictures of buffers. All arrays come as C-contiguous memory in the layout of relay_raster.h; their
// sizes are checked here, so that nothing is read or written outside of them.
#include "raster.h"

#include <memory>
#include <new>
#include <string>

#include "arguments.h"
#include "gil.h"
#include "relay/relay_raster.h"

namespace
{

struct FreeMap {
    void operator()(relay_ring_map *map) const
    {
        relay_ring_map_free(map);
    }
};

struct RingMap {
    std::unique_ptr<relay_ring_map, FreeMap> map;
};

void make_map(RingMap *self, double inner, double outer, unsigned samples, double line)
{
    std::unique_ptr<relay_ring_map, FreeMap> map(relay_ring_map_new(inner, outer, samples, line));

    if (!map)
        throw nb::value_error("0 < inner < outer <= 8192 and 8 to 65536 samples are possible");
    new (self) RingMap{std::move(map)};
}

// Memory of whole items of T, and how many there are.
template <class T> struct Items : Bytes {
    Items(nb::handle object, const char *name) : Bytes(object)
    {
        if (size % sizeof(T))
            throw nb::value_error((std::string(name) + ": not a whole number of items").c_str());
    }
    const T *items() const
    {
        return static_cast<const T *>(data);
    }
    size_t count() const
    {
        return size / sizeof(T);
    }
};

void require(bool holds, const char *text)
{
    if (!holds)
        throw nb::value_error(text);
}

// What both functions take besides the map or the marks.
class Drawing
{
  public:
    Drawing(nb::handle pixels, size_t stride, int width, int height, nb::handle bufs,
            nb::handle subbufs, size_t subbuf_size, nb::handle palette, nb::handle overlays,
            nb::handle outlines, int line, nb::handle places)
        : pixels_(pixels, Bytes::WRITE), bufs_(bufs, "buffers"), subbufs_(subbufs, "subbufs"),
          palette_(palette, "palette"), overlays_(overlays, "overlays"),
          outlines_(outlines, "outlines"),
          places_(places, "places"), image{static_cast<uint32_t *>(pixels_.data), stride, width,
                                           height}
    {
        size_t rows = bufs_.count();

        require(width >= 0 && height >= 0 && stride >= static_cast<size_t>(width),
                "the stride is smaller than the width, or a size is negative");
        require(pixels_.size / sizeof(uint32_t) / (stride ? stride : 1) >=
                    static_cast<size_t>(height),
                "pixels: too few for this height");
        require(palette_.count() == RELAY_N_PAINTS, "palette: one ink for each paint");
        require(rows ? subbufs_.count() % rows == 0 : subbufs_.count() == 0,
                "subbufs: not the same number for each buffer");
        picture = relay_picture{bufs_.items(),
                                subbufs_.items(),
                                static_cast<uint32_t>(rows),
                                static_cast<uint32_t>(rows ? subbufs_.count() / rows : 0),
                                subbuf_size,
                                palette_.items(),
                                overlays_.items(),
                                overlays_.count(),
                                outlines_.items(),
                                outlines_.count(),
                                line,
                                nullptr};
    }
    const relay_place *places() const
    {
        return places_.items();
    }
    size_t n_places() const
    {
        return places_.count();
    }

  private:
    Bytes pixels_;
    Items<relay_buf_info> bufs_;
    Items<relay_subbuf_info> subbufs_;
    Items<relay_ink> palette_;
    Items<relay_overlay> overlays_;
    Items<relay_outline> outlines_;
    Items<relay_place> places_;

  public:
    relay_image image;
    relay_picture picture;
};

void check_drawn(bool drawn)
{
    require(drawn, "a row that is not there, a bar that is too wide, or no memory");
}

void draw_rings(const RingMap &map, nb::handle pixels, size_t stride, int width, int height,
                nb::handle bufs, nb::handle subbufs, size_t subbuf_size, nb::handle palette,
                nb::handle overlays, nb::handle outlines, int line, nb::handle places)
{
    Drawing drawing(pixels, stride, width, height, bufs, subbufs, subbuf_size, palette, overlays,
                    outlines, line, places);
    bool drawn;

    {
        WithoutGil released;
        drawn = relay_draw_rings(map.map.get(), &drawing.picture, drawing.places(),
                                 drawing.n_places(), &drawing.image);
    }
    check_drawn(drawn);
}

void draw_bars(nb::handle marks, nb::handle pixels, size_t stride, int width, int height,
               nb::handle bufs, nb::handle subbufs, size_t subbuf_size, nb::handle palette,
               nb::handle overlays, nb::handle outlines, int line, nb::handle places)
{
    Items<relay_marks> wanted(marks, "marks");
    Drawing drawing(pixels, stride, width, height, bufs, subbufs, subbuf_size, palette, overlays,
                    outlines, line, places);
    bool drawn;

    require(wanted.count() <= 1, "marks: one, or none");
    if (wanted.count()) {
        require(wanted.items()->line > 0 && wanted.items()->line <= 64 &&
                    wanted.items()->loss_width >= 0 && wanted.items()->loss_width <= 4096,
                "marks: lines of 1 to 64 pixels, a loss of 0 to 4096");
        drawing.picture.marks = wanted.items();
    }
    {
        WithoutGil released;
        drawn =
            relay_draw_bars(&drawing.picture, drawing.places(), drawing.n_places(), &drawing.image);
    }
    check_drawn(drawn);
}

nb::bytes snapshot_diff(nb::handle bufs, nb::handle old_bufs, nb::handle subbufs,
                        nb::handle old_subbufs)
{
    Items<relay_buf_info> now(bufs, "buffers"), then(old_bufs, "old buffers");
    Items<relay_subbuf_info> slots(subbufs, "subbufs"), old_slots(old_subbufs, "old subbufs");
    size_t rows = now.count();

    require(then.count() == rows && old_slots.count() == slots.count() &&
                (rows ? slots.count() % rows == 0 : !slots.count()),
            "snapshots of different shapes");
    std::string differs(rows, '\0');
    relay_snapshot_diff(now.items(), then.items(), slots.items(), old_slots.items(),
                        static_cast<uint32_t>(rows),
                        static_cast<uint32_t>(rows ? slots.count() / rows : 0),
                        reinterpret_cast<uint8_t *>(differs.data()));
    return nb::bytes(differs.data(), differs.size());
}

} // namespace

void define_raster(nb::module_ &module)
{
    nb::module_ raster = module.def_submodule("raster", "Pictures of buffers, for the ring view.");

    nb::class_<RingMap>(raster, "RingMap")
        .def("__init__", make_map, nb::arg("inner"), nb::arg("outer"), nb::arg("samples"),
             nb::arg("line"));
    raster.def("draw_rings", draw_rings);
    raster.def("draw_bars", draw_bars);
    raster.def("snapshot_diff", snapshot_diff);
    raster.attr("N_PAINTS") = static_cast<int>(RELAY_N_PAINTS);
}
