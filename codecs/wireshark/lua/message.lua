-- The message layer: which edition, what it says, and what is wrong with it.
--
-- Auto tries every profile, newest first, as v2x.codecs.detect does: the best is the one that reads all
-- octets, in range and in canonical form; of two equals the newer.  What the others failed on is shown.

local rows = V.rows

-- How far a trial is from a clean fit; 0 is clean.
local FLAG_RANKS = {
   extended = 1, unknown = 1, noncanonical = 3, trailing = 4, range = 5, unknown_message = 6, unknown_frame = 9,
}
local FAULT_RANKS = { unknown_message = 6, unsupported = 6, malformed = 8, truncated = 8 }

local function rank(r)
   local worst = r.skipped > 0 and 1 or 0
   if r.fault then
      worst = FAULT_RANKS[r.fault.kind]
   elseif r.trailing then
      worst = r.trailing[3] and 2 or 4
   end
   for flag in pairs(r.flags) do
      worst = math.max(worst, FLAG_RANKS[flag] or 0)
   end
   return worst
end

-- Why a trial is not clean.
local function reason(r)
   if r.fault then
      return r.fault.path .. ": " .. r.fault.text
   end
   return r.worst or r.trailing and r.trailing[2] or V.count(r.skipped, "addition") .. " of another edition"
end

-- The message inside msgFrameExt, a second decoding of the octets of its open type.
local function inside(r)
   local frame = r.value.kids[1]
   local id, octets = V.part(frame, "messageId"), V.part(frame, "value")
   local message = id and r.profile.day2[id.num]
   r.kind = message and message.kind
   if r.fault or not octets then
      return
   end
   if not message then
      r.names, r.top = { "messageId" }, 1
      V.note(r, id, "unknown_message", "messageId " .. id.num .. " is no message of this profile")
      return
   end
   local inner, kids = V.reader(r.text), {}
   inner.names, inner.top = { r.profile.ext, "value" }, 2
   local name = rows[message.t].t
   inner.fault = V.try(V.decode_bits, inner, rows[message.t], kids, octets.o, octets.o + 8 * #octets.val, name)
   r.body = kids[1]
   octets.body = { value = kids[1], place = V.messages[message.kind] }
   for flag in pairs(inner.flags) do
      r.flags[flag] = true
   end
   r.fault, r.worst, r.stopped = inner.fault, r.worst or inner.worst, inner.at
   r.skipped = r.skipped + inner.skipped
   if inner.trailing and not r.trailing then
      V.note(r, octets, "trailing", inner.trailing[2])
   end
end

local function trial(profile, text)
   local r, kids = V.reader(text), {}
   r.profile, r.place = profile, V.frame
   r.fault = V.try(V.decode_bits, r, rows[profile.frame], kids, 0, r.stop, "MessageFrame")
   r.value = kids[1]
   local chosen = r.value and r.value.kids and r.value.kids[1]
   if chosen and chosen.part then
      if chosen.part.r then
         r.kind, r.body = chosen.part.r, chosen
      elseif chosen.part.n == profile.ext then
         inside(r)
      end
   end
   r.rank = rank(r)
   return r
end

-- The body of a message of this kind without MessageFrame around it, as some senders write.
local function bare(profile, text, kind)
   for _, part in ipairs(rows[profile.frame].roots) do
      if part.r == kind then
         local r, kids = V.reader(text), {}
         r.profile, r.place, r.kind, r.bare = profile, V.frame.kids[part.s], kind, true
         r.fault = V.try(V.decode_bits, r, rows[part.t], kids, 0, r.stop, part.n)
         r.value, r.body = kids[1], kids[1]
         r.rank = rank(r)
         return r
      end
   end
   return nil
end

local function better(new, old)
   return not old or new.rank < old.rank or new.rank == old.rank and new.rank >= 8 and new.at > old.at
end

-- The best trial of the profiles that the preference allows, and the trials that were rejected before it.
local function read(text, kind)
   local chosen, tried = V.v2x.prefs.profile, {}
   local best
   for index, profile in ipairs(V.profiles) do
      if chosen == 0 or chosen == index then
         local r = trial(profile, text)
         tried[#tried + 1] = r
         if better(r, best) then
            best = r
         end
         if r.rank == 0 then
            break
         end
      end
   end
   for _, r in ipairs(kind and best.rank > 1 and tried or {}) do
      local alone = bare(r.profile, text, kind)
      if alone and alone.rank <= 1 then
         return alone, tried
      end
   end
   return best, tried
end
V.read_message = read

-- Region and number of a junction: 255.9.
local function junction(value)
   local id = V.part(value, "id")
   local region = V.part(value, "region")
   if not id or not id.num then
      return nil
   end
   return (region and region.num and region.num .. "." or "") .. id.num
end

local function identity(r)
   local id = V.part(r.body, "id")
   if id and id.val then
      return V.printable(id.val) or V.hex(id.val)
   end
   local list = V.part(r.body, r.kind == "MAP" and "nodes" or "intersections")
   local first = list and list.kids and list.kids[1]
   return first and junction(V.part(first, r.kind == "MAP" and "id" or "intersectionId"))
end

local function info(r, context)
   local parts = { r.kind or "V2X message" }
   local count = V.part(r.body, "msgCnt")
   if count and count.num then
      parts[#parts + 1] = "msgCnt " .. count.num
   end
   local id = identity(r)
   if id then
      parts[#parts + 1] = "id " .. id
   end
   parts[#parts + 1] = r.profile.name
   parts[#parts + 1] = context.signer
   if r.fault then
      parts[#parts + 1] = "[" .. r.fault.kind .. "]"
   end
   return table.concat(parts, ", ")
end

local function head(top, r, tried, auto)
   if r.kind then
      top:add(V.f.kind, r.kind):set_generated()
   end
   local item = top:add(V.f.profile, r.profile.name)
   item:set_generated()
   item:append_text(auto and " (chosen by trial)" or " (by preference)")
   for _, other in ipairs(auto and tried or {}) do
      if other.profile ~= r.profile then
         item:add(V.f.rejected, other.profile.name .. ": " .. V.shown(reason(other))):set_generated()
      end
   end
   if auto and r.rank > 2 then
      item:add_proto_expert_info(V.x.no_profile, "no profile fits; shown is the nearest")
   end
end

local function dissect(tvb, pinfo, tree)
   local context = V.context or {}
   V.context = nil
   local size = tvb:len()
   if size == 0 then
      return 0
   end
   pinfo.cols.protocol:set("V2X")
   local top = tree:add(V.v2x, tvb())
   if size > V.MAX_MESSAGE_OCTETS then
      top:add_proto_expert_info(V.x.unsupported, "more than " .. V.MAX_MESSAGE_OCTETS .. " octets")
      top:add(V.f.undecoded, tvb())
      pinfo.cols.info:set("V2X message, too long")
      return size
   end
   local text = tvb:raw(0, size)
   local entry = context.aid and V.aids[context.aid]
   local r, tried = read(text, entry and entry.message)
   local c = { tvb = tvb, size = size, text = text, stop = r.stopped or r.at, number = pinfo.number }
   top:append_text(": " .. (r.kind or "unknown") .. ", " .. r.profile.name)
   head(top, r, tried, V.v2x.prefs.profile == 0)
   if r.bare then
      top:add_proto_expert_info(V.x.bare, "the message stands without MessageFrame")
   end
   if r.value then
      V.show(top, r.place, r.value, c)
   end
   V.show_end(top, r, c)
   if entry and entry.message and r.kind and entry.message ~= r.kind then
      local said = string.format("AID %d is for %s, this is %s", context.aid, entry.message, r.kind)
      top:add_proto_expert_info(V.x.aid_mismatch, said)
   end
   pinfo.cols.info:set(info(r, context))
   return size
end

V.v2x.dissector = dissect
