// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/stack_words.h"

#include <array>

#include "analysis/words.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

using model::StackChangeClass;

std::string PerUnit(double bytes, bool is_per_request) {
  return is_per_request ? model::FormatBytes(bytes) + " a request"
                        : model::FormatBytesPerHour(bytes);
}

// ", 15 % more than 930 B (10 % to 20 %)": the interval is that of 95 %.
std::string Beside(const FigureChange& change, const std::string& base) {
  if (!(change.base > 0)) return ", nothing before";
  const double sign = change.difference() < 0 ? -1 : 1;
  const double share = sign * change.difference() / change.base;
  const double reach = change.Reach() / change.base;
  return ", " + Percent(share) + (sign < 0 ? " less than " : " more than ") + base + " (" +
         Percent(share - reach) + " to " + Percent(share + reach) + ")";
}

class Sentence {
 public:
  Sentence(const model::StackChange& change, const StackRow& row) : change_(change), row_(row) {}

  // Those that changed.
  std::string Changed(const std::array<bool, kFigureCount>& is_changed) const {
    std::string text;
    const auto add = [&text](const std::string& part) {
      text += (text.empty() ? "" : "; ") + part;
    };
    if (is_changed[kGrowth]) add(Growth());
    if (is_changed[kAllocated]) add(Allocated());
    if (is_changed[kLive]) add(Live());
    return text;
  }

  std::string OneSide(double all_bytes) const {
    const bool is_gone = row_.run == nullptr;
    const double bytes = is_gone ? change_.base_alloc_bytes : change_.alloc_bytes;
    const double live_bytes = is_gone ? change_.base_live_bytes : change_.live_bytes;
    std::string text = (is_gone ? "allocated " : "allocates ") + PerUnit(bytes);
    if (all_bytes > 0) text += ", " + Percent(bytes / all_bytes) + " of all";
    if (live_bytes > 0) text += "; " + model::FormatBytes(live_bytes) + " in use at the end";
    if (row_.is_worse[kGrowth]) text += "; grows by " + Rate(change_.growth_per_hour);
    return text;
  }

  std::string BothSides() const {
    std::string text = "allocates " + PerUnit(change_.alloc_bytes) + ", before " +
                       PerUnit(change_.base_alloc_bytes);
    if (change_.live_bytes > 0 || change_.base_live_bytes > 0) {
      text += "; " + model::FormatBytes(change_.live_bytes) + " in use at the end, before " +
              model::FormatBytes(change_.base_live_bytes);
    }
    return text;
  }

 private:
  std::string PerUnit(double bytes) const {
    return analysis::PerUnit(bytes, change_.is_per_request);
  }
  std::string Growth() const {
    return "grows by " + Rate(change_.growth_per_hour) +
           (change_.base_growth_per_hour > 0 ? " instead of " + Rate(change_.base_growth_per_hour)
                                             : ", which it did not before");
  }
  std::string Allocated() const {
    return "allocates " + PerUnit(change_.alloc_bytes) +
           Beside(row_.figures[kAllocated], PerUnit(change_.base_alloc_bytes));
  }
  std::string Live() const {
    return model::FormatBytes(change_.live_bytes) + " in use at the end" +
           Beside(row_.figures[kLive], model::FormatBytes(change_.base_live_bytes));
  }

  const model::StackChange& change_;
  const StackRow& row_;
};

}  // namespace

std::string ExplainStack(const model::StackChange& change, const StackRow& row, double all_bytes) {
  const Sentence sentence(change, row);
  switch (change.change) {
    case StackChangeClass::kNew:
      return "new: " + sentence.OneSide(all_bytes);
    case StackChangeClass::kGone:
      return "gone: " + sentence.OneSide(all_bytes);
    case StackChangeClass::kGrown:
      return sentence.Changed(row.is_worse);
    case StackChangeClass::kShrunk:
      return sentence.Changed(row.is_better);
    case StackChangeClass::kMoved:
      return "by another path than before: " + sentence.BothSides();
    case StackChangeClass::kSame:
      break;
  }
  if (row.base != nullptr && row.run != nullptr) return sentence.BothSides();
  const char* what = row.run != nullptr ? "new" : "gone";
  return std::string("too few samples to say that it is ") + what + ": " +
         sentence.OneSide(all_bytes);
}

std::string ExplainShift(const Shift& shift, const std::string& function, bool is_per_request) {
  const auto amount = [&](double bytes) {
    return shift.figure == kLive ? model::FormatBytes(bytes) + " in use"
                                 : PerUnit(bytes, is_per_request);
  };
  return "a shift, no regression: under " + function + " stacks gained " + amount(shift.gained) +
         " and lost " + amount(shift.lost);
}

}  // namespace seep::analysis
