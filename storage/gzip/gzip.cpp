// SPDX-License-Identifier: Apache-2.0
#include "storage/gzip/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace seep::gzip {
namespace {

constexpr int kGzip = 16 + MAX_WBITS;  // zlib.h, deflateInit2
constexpr size_t kChunk_bytes = 64 << 10;

z_stream Over(std::string_view bytes) {
  z_stream stream{};
  // zlib does not write to its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  return stream;
}

// Runs `step` until it says something else than Z_OK; what comes out is added to `out`.
template <typename Step>
int Pump(z_stream& stream, std::string& out, size_t most_bytes, Step step) {
  std::array<char, kChunk_bytes> chunk;
  int state = Z_OK;
  while (state == Z_OK && out.size() <= most_bytes) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    state = step(stream);
    out.append(chunk.data(), chunk.size() - stream.avail_out);
  }
  return state;
}

}  // namespace

std::string Compress(std::string_view bytes) {
  z_stream stream = Over(bytes);
  std::string out;
  // Fails only without memory, as every other allocation here would.
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  Pump(stream, out, out.max_size() - 1, [](z_stream& s) { return deflate(&s, Z_FINISH); });
  deflateEnd(&stream);
  return out;
}

model::Result<std::string> Decompress(std::string_view file, size_t most_bytes) {
  z_stream stream = Over(file);
  std::string out;
  if (inflateInit2(&stream, kGzip) != Z_OK) throw std::bad_alloc();
  const int state =
      Pump(stream, out, most_bytes, [](z_stream& s) { return inflate(&s, Z_NO_FLUSH); });
  const bool is_at_end = state == Z_STREAM_END && stream.avail_in == 0;
  const std::string why = stream.msg != nullptr  ? stream.msg
                          : state == Z_BUF_ERROR ? "it is cut short"
                                                 : "something stands behind its end";
  inflateEnd(&stream);
  if (out.size() > most_bytes) {
    return model::Fail(model::Errc::kUnsupported,
                       "more than " + std::to_string(most_bytes) + " bytes are packed in it");
  }
  if (!is_at_end) return model::Fail(model::Errc::kCorrupt, "not a whole gzip file: " + why);
  return out;
}

}  // namespace seep::gzip
