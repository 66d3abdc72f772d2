// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/recorder.h"

#include <algorithm>
#include <utility>

namespace seep::agent {

Recorder::Recorder(TickStore& store, sqlite::RunWriter writer)
    : store_(store), id_(writer.run().id) {
  store_.Add(std::move(writer));
  store_.NotesSince(&next_note_);  // of before the run
}

void Recorder::Record(model::Tick tick) {
  AddNotes(&tick);
  store_.Record(id_, std::move(tick));
}

void Recorder::AddNotes(model::Tick* tick) {
  for (TickStore::Note& note : store_.NotesSince(&next_note_)) {
    const double ago_s = std::max(0.0, store_.now_s() - note.at_s);
    tick->events.push_back({std::max(0.0, tick->t_s - ago_s), "breaker", std::move(note.text)});
  }
}

model::Status Recorder::Finish(double duration_s, std::optional<int> target_exit) {
  store_.Flush();
  if (!store_.is_away()) {
    model::Tick last{.t_s = duration_s, .targets = {}, .events = {}};
    AddNotes(&last);
    if (!last.events.empty()) store_.Record(id_, std::move(last));
  }
  return store_.Finish(id_, duration_s, target_exit);
}

}  // namespace seep::agent
