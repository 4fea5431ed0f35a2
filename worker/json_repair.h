// Makes JSON that is in order, but that simdjson refuses, readable for it: such an answer is whole
// and paid, and one odd character of it is no reason to throw it away. Both functions are pure,
// change nothing that simdjson reads, keep the length, need no memory, and take linear time over
// any bytes. They return whether they changed anything.
#ifndef LULL_WORKER_JSON_REPAIR_H_
#define LULL_WORKER_JSON_REPAIR_H_

#include <string>

namespace lull {

// Half of a surrogate pair as an escape (\ud83d), as JavaScript writes text that was cut inside an
// emoji, becomes \ufffd. Nothing that reads JSON strictly takes such a half.
bool RepairSurrogates(std::string& json);

// A number that neither 64 bits nor a double hold becomes null, and spaces behind it.
bool RepairNumbers(std::string& json);

}  // namespace lull

#endif  // LULL_WORKER_JSON_REPAIR_H_
