// SPDX-License-Identifier: Apache-2.0
//     blob   = 1 (gap width? count)*   of cells of LatencyEdge, whole counts; LEB128, 2 to 4 bytes
//     each
//            | 2 (low high count)*     any edges; IEEE 754 binary64, little-endian, 24 bytes each
//     gap    = 2 (cells since the end of the last one) + (1 if it is wider than one cell: width)
#include "storage/sqlite/latency_blob.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>

#include "storage/model/latency.h"

namespace seep::sqlite {
namespace {

using model::LatencyBucket;

static_assert(std::endian::native == std::endian::little);

constexpr char kCells = 1;
constexpr char kEdges = 2;
constexpr double kMostCount = 1e15;  // whole beyond doubt

struct Cells {
  int begin;
  int end;
};
// Whose edges are those of cells, and whose count is whole.
std::optional<Cells> CellsOf(const LatencyBucket& bucket) {
  const Cells cells{model::LatencyCell(bucket.low_s), model::LatencyCell(bucket.high_s)};
  const bool is_on_edges = model::LatencyEdge(cells.begin) == bucket.low_s &&
                           model::LatencyEdge(cells.end) == bucket.high_s &&
                           cells.begin < cells.end;
  const bool is_whole =
      bucket.count >= 0 && bucket.count <= kMostCount && std::floor(bucket.count) == bucket.count;
  if (!is_on_edges || !is_whole) return std::nullopt;
  return cells;
}

void PutNumber(uint64_t number, std::string* bytes) {
  for (; number >= 0x80; number >>= 7) bytes->push_back(static_cast<char>(number | 0x80));
  bytes->push_back(static_cast<char>(number));
}

std::optional<uint64_t> TakeNumber(std::string_view* bytes) {
  uint64_t number = 0;
  for (int shift = 0; shift < 63 && !bytes->empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes->front());
    bytes->remove_prefix(1);
    number |= uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return number;
  }
  return std::nullopt;
}

std::optional<std::string> EncodeCells(const std::vector<LatencyBucket>& latency) {
  std::string bytes(1, kCells);
  int last = 0;
  for (const LatencyBucket& bucket : latency) {
    const auto cells = CellsOf(bucket);
    if (!cells || cells->begin < last) return std::nullopt;
    const int width = cells->end - cells->begin;
    PutNumber(static_cast<uint64_t>(2 * (cells->begin - last) + (width > 1 ? 1 : 0)), &bytes);
    if (width > 1) PutNumber(static_cast<uint64_t>(width), &bytes);
    PutNumber(static_cast<uint64_t>(bucket.count), &bytes);
    last = cells->end;
  }
  return bytes;
}

std::vector<LatencyBucket> DecodeCells(std::string_view bytes) {
  std::vector<LatencyBucket> latency;
  uint64_t last = 0;
  while (!bytes.empty()) {
    const auto gap = TakeNumber(&bytes);
    const auto width = gap && *gap % 2 != 0 ? TakeNumber(&bytes) : 1;
    const auto count = TakeNumber(&bytes);
    constexpr uint64_t kAll = model::kLatencyCells;
    if (!gap || !width || !count || *gap / 2 > kAll || *width == 0 || *width > kAll) break;
    const uint64_t begin = last + *gap / 2;
    last = begin + *width;
    if (last > kAll) break;
    latency.push_back({model::LatencyEdge(static_cast<int>(begin)),
                       model::LatencyEdge(static_cast<int>(last)), static_cast<double>(*count)});
  }
  return latency;
}

}  // namespace

std::string EncodeLatency(const std::vector<LatencyBucket>& latency) {
  if (latency.empty()) return {};
  if (auto cells = EncodeCells(latency)) return *cells;
  std::string bytes(1, kEdges);
  for (const LatencyBucket& bucket : latency) {
    for (const double number : {bucket.low_s, bucket.high_s, bucket.count}) {
      const auto raw = std::bit_cast<std::array<char, sizeof(number)>>(number);
      bytes.append(raw.data(), raw.size());
    }
  }
  return bytes;
}

std::vector<LatencyBucket> DecodeLatency(std::string_view bytes) {
  if (bytes.empty()) return {};
  const char kind = bytes.front();
  bytes.remove_prefix(1);
  if (kind == kCells) return DecodeCells(bytes);
  std::vector<LatencyBucket> latency;
  if (kind != kEdges) return latency;
  std::array<double, 3> numbers{};
  for (; bytes.size() >= sizeof(numbers); bytes.remove_prefix(sizeof(numbers))) {
    std::memcpy(numbers.data(), bytes.data(), sizeof(numbers));
    const bool is_ordered = latency.empty() || latency.back().high_s <= numbers[0];
    if (!is_ordered || !(numbers[0] <= numbers[1]) || !(numbers[2] >= 0)) break;
    latency.push_back({numbers[0], numbers[1], numbers[2]});
  }
  return latency;
}

}  // namespace seep::sqlite
