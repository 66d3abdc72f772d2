// SPDX-License-Identifier: Apache-2.0
// A tick as bytes, for the spool: CBOR (RFC 8949), arrays in the order of the fields. Not for
// interchange: whoever changes storage/model/tick.h raises kTickCodecVersion. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/model/error.h"
#include "storage/model/tick.h"

namespace seep::resilience {

inline constexpr uint32_t kTickCodecVersion = 2;

// How a run ended, of one that could not be told so.
struct RunEnd {
  double duration_s = 0;
  std::optional<int> target_exit{};
};

// A tick, and which run it belongs to. A run id alone is not enough for a file that outlives the
// database that it was meant for.
struct SpooledTick {
  model::RunId run{};
  int64_t run_started_at_ns = 0;
  model::Tick tick;
  std::optional<RunEnd> end{};  // then the tick means nothing
};

std::string Encode(const SpooledTick& spooled);
// kCorrupt: these bytes are no tick.
model::Result<SpooledTick> Decode(std::string_view bytes);

}  // namespace seep::resilience
