// Takes the events out of a text/event-stream. Pure; the same bytes give the same events however
// they are cut.
#ifndef LULL_WORKER_SSE_PARSER_H_
#define LULL_WORKER_SSE_PARSER_H_

#include <cstddef>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace lull {

class SseParser {
 public:
  // Gets the data of an event, its lines joined by line feeds; valid during the call. Returns
  // whether to go on. The other fields of an event (event, id, retry) say nothing about an answer
  // and are passed over, as are comments and events without data.
  using OnData = absl::FunctionRef<bool(absl::string_view data)>;

  // `event_bytes_max` bounds a line and the data of an event; comments may have any length and take
  // no memory. `keep_text`: event_text() is wanted.
  explicit SseParser(size_t event_bytes_max, bool keep_text = false)
      : event_bytes_max_(event_bytes_max), keep_text_(keep_text) {}

  enum class State {
    kOpen,
    kTooLong,  // a line or an event is longer than allowed
    kStopped,  // `on_data` said so
  };
  // Takes the next bytes. Once the state is not kOpen it stays so and nothing more is taken.
  State Feed(absl::string_view bytes, OnData on_data);
  // The stream has ended: an event whose blank line is missing is handed out too, but a line
  // without an end is dropped.
  State End(OnData on_data);

  // Within `on_data`: the event with all its fields as it was sent, but without comments, each line
  // ended by a line feed, the blank line included. Empty when it is longer than `event_bytes_max`.
  absl::string_view event_text() const { return text_; }

 private:
  void TakePart(absl::string_view part);
  void TakeLine(OnData on_data);
  void KeepText(absl::string_view line);
  void Dispatch(OnData on_data);

  const size_t event_bytes_max_;
  const bool keep_text_;
  State state_ = State::kOpen;
  std::string line_;  // what has come of it; of a comment only the first byte
  std::string data_;
  bool has_data_ = false;
  std::string text_;
  bool text_too_long_ = false;  // it is given up for this event
  bool first_line_ = true;
  bool after_cr_ = false;  // a line feed that comes next belongs to the same line end
};

}  // namespace lull

#endif  // LULL_WORKER_SSE_PARSER_H_
