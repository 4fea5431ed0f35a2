#include "tools/busy_api/hostile_body.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tools/busy_api/gzip_bomb.h"

namespace lull {
namespace {

using Piece = AnswerTape::Piece;

constexpr int64_t kPieceBytes = 256 << 10;
constexpr int64_t kHeaderBytes = 1000;
constexpr int64_t kBlockElements = 1000;

void AddRepeated(char c, int64_t bytes, std::vector<Piece>* pieces) {
  pieces->push_back({absl::ZeroDuration(), std::string(kPieceBytes, c), bytes / kPieceBytes});
  pieces->push_back(
      {absl::ZeroDuration(), std::string(static_cast<size_t>(bytes % kPieceBytes), c)});
}

// An ordinary answer in two parts, between which padding is allowed: spaces, or with `as_text`
// characters of a string.
struct Padded {
  std::string before;
  std::string after;
};

Padded SplitAnswer(const Behaviour& behaviour, const AnswerFacts& facts, bool as_text) {
  if (facts.call.stream) {
    std::string events;
    for (const Piece& piece : ComposeBody(behaviour, facts).pieces) events += piece.bytes;
    if (as_text) return {"data: {\"choices\":[],\"padding\":\"", "\"}\n\n" + events};
    return {":", "\n\n" + events};
  }
  const std::string json = WholeAnswerJson(behaviour, facts);
  if (as_text) return {"{\"padding\":\"", "\"," + json.substr(1)};
  return {"{", json.substr(1)};
}

AnswerBody Bomb(const Padded& answer, int64_t bytes) {
  const GzipBomb bomb = MakeGzipBomb(answer.before, bytes, answer.after);
  AnswerBody body;
  body.pieces.push_back({absl::ZeroDuration(), bomb.head});
  body.pieces.push_back({absl::ZeroDuration(), bomb.block, bomb.blocks});
  body.pieces.push_back({absl::ZeroDuration(), bomb.tail});
  return body;
}

AnswerBody Huge(const Padded& answer, char padding, int64_t bytes) {
  AnswerBody body;
  body.pieces.push_back({absl::ZeroDuration(), answer.before});
  AddRepeated(padding, bytes, &body.pieces);
  body.pieces.push_back({absl::ZeroDuration(), answer.after});
  return body;
}

AnswerBody Deep(const Behaviour& behaviour, const AnswerFacts& facts) {
  AnswerBody body;
  const bool stream = facts.call.stream;
  body.pieces.push_back({absl::ZeroDuration(), stream ? "data: {\"choices\":" : "{\"choices\":"});
  AddRepeated('[', behaviour.hostile_bytes, &body.pieces);
  AddRepeated(']', behaviour.hostile_bytes, &body.pieces);
  body.pieces.push_back({absl::ZeroDuration(), stream ? "}\n\n" : "}"});
  return body;
}

// An ordinary answer with numbers of one digit in it, as many as fill `hostile_bytes`: of a stream,
// in events of its first choice's logprobs.
AnswerBody Dense(const Behaviour& behaviour, const AnswerFacts& facts) {
  std::string numbers = "1";
  while (static_cast<int64_t>(numbers.size()) < kPieceBytes) numbers += ",1";
  const int64_t blocks =
      std::max<int64_t>(1, behaviour.hostile_bytes / static_cast<int64_t>(numbers.size()));
  AnswerBody body;
  if (facts.call.stream) {
    body.pieces.push_back(
        {absl::ZeroDuration(),
         absl::StrCat("data: {\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":{\"content\":[",
                      numbers, "]}}]}\n\n"),
         blocks});
    for (Piece& piece : ComposeBody(behaviour, facts).pieces) {
      body.pieces.push_back(std::move(piece));
    }
    return body;
  }
  body.pieces.push_back({absl::ZeroDuration(), "{\"dense\":[1"});
  body.pieces.push_back({absl::ZeroDuration(), "," + numbers, blocks});
  body.pieces.push_back({absl::ZeroDuration(), "]," + WholeAnswerJson(behaviour, facts).substr(1)});
  return body;
}

std::string ManyElement(absl::string_view hostile, bool stream, int64_t index) {
  const std::string head = absl::StrCat("{\"index\":", index, ",");
  if (hostile == "many_choices") {
    const std::string choice =
        absl::StrCat(head, stream ? "\"delta\"" : "\"message\"",
                     ":{\"role\":\"assistant\",\"content\":\"x\"},\"finish_reason\":\"stop\"}");
    return stream ? absl::StrCat("data: {\"choices\":[", choice, "]}\n\n") : choice + ",";
  }
  const std::string call = absl::StrCat(head, "\"id\":\"call\",\"type\":\"function\",",
                                        "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}");
  return stream ? absl::StrCat("data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[", call,
                               "]}}]}\n\n")
                : call + ",";
}

// Elements with an index, in blocks, so that they need not all be in memory; the indices of a block
// are those of every other.
AnswerBody Many(const Behaviour& behaviour, const AnswerFacts& facts) {
  const bool stream = facts.call.stream;
  const bool choices = behaviour.hostile == "many_choices";
  const int64_t block_size = std::min(behaviour.hostile_bytes, kBlockElements);
  std::string block;
  for (int64_t i = 0; i < block_size; ++i) {
    block += ManyElement(behaviour.hostile, stream, i);
  }
  std::string before = choices ? "{\"choices\":["
                               : "{\"choices\":[{\"index\":0,\"finish_reason\":\"tool_calls\","
                                 "\"message\":{\"role\":\"assistant\",\"tool_calls\":[";
  std::string after = ManyElement(behaviour.hostile, stream, 0);
  if (stream) {
    before.clear();
    after.clear();
    for (const Piece& piece : ComposeBody(behaviour, facts).pieces) after += piece.bytes;
  } else {
    after.pop_back();  // the comma
    after += choices ? "]}" : "]}}]}";
  }
  AnswerBody body;
  body.pieces.push_back({absl::ZeroDuration(), std::move(before)});
  body.pieces.push_back(
      {absl::ZeroDuration(), std::move(block), behaviour.hostile_bytes / block_size});
  body.pieces.push_back({absl::ZeroDuration(), std::move(after)});
  return body;
}

void AddHugeHeaders(const Behaviour& behaviour, HttpHeaders* headers) {
  if (behaviour.hostile == "huge_header") {
    headers->Add("x-padding", std::string(static_cast<size_t>(behaviour.hostile_bytes), 'a'));
    return;
  }
  const std::string value(kHeaderBytes, 'a');
  for (int64_t i = 0; i < behaviour.hostile_bytes / kHeaderBytes; ++i) {
    headers->Add(absl::StrCat("x-padding-", i), value);
  }
}

}  // namespace

AnswerBody ComposeHostileBody(const Behaviour& behaviour, const AnswerFacts& facts,
                              HttpHeaders* headers) {
  const bool headers_only =
      behaviour.hostile == "huge_header" || behaviour.hostile == "many_headers";
  AnswerBody body;
  if (headers_only) {
    AddHugeHeaders(behaviour, headers);
    return ComposeBody(behaviour, facts);
  } else if (behaviour.hostile == "gzip_bomb") {
    headers->Set("Content-Encoding", "gzip");
    body = Bomb(SplitAnswer(behaviour, facts, false), behaviour.hostile_bytes);
  } else if (behaviour.hostile == "huge_body") {
    body = Huge(SplitAnswer(behaviour, facts, false), ' ', behaviour.hostile_bytes);
  } else if (behaviour.hostile == "huge_line") {
    body = Huge(SplitAnswer(behaviour, facts, true), 'a', behaviour.hostile_bytes);
  } else if (behaviour.hostile == "dense_json") {
    body = Dense(behaviour, facts);
  } else if (behaviour.hostile == "many_choices" || behaviour.hostile == "many_tool_calls") {
    body = Many(behaviour, facts);
  } else {
    body = Deep(behaviour, facts);
  }
  body.first_wait = facts.service.first;
  body.events = facts.call.stream;
  body.unbounded = true;
  return body;
}

}  // namespace lull
