-- The secured message: signed, encrypted or plain, with the message inside, and other types that stand alone.
--
-- Nothing is verified here: a signature that is shown is not a signature that was checked.

local CRL = 3628

local seen, held = {}, 0

function V.sec.init()
   seen, held = {}, 0
end

-- The first frame in which a certificate was seen.
function V.remember(id8, number)
   if not seen[id8] and held < V.MAX_REMEMBERED then
      seen[id8], held = number, held + 1
   end
end

local function context_of(tvb, pinfo, text, r)
   return { tvb = tvb, size = #text, text = text, stop = r.at, number = pinfo.number }
end

-- Payload octets and the signed part around them, of a secured message that may hold another one.
local function parts_of(value)
   local content = V.part(value, "content")
   local chosen = content and content.kids and content.kids[1]
   if not chosen or not chosen.part then
      return nil
   end
   if chosen.part.n ~= "signedData" then
      return chosen.part.n, chosen.val and chosen, nil
   end
   local payload = V.part(V.part(chosen, "tbsData"), "payload")
   local _, octets = parts_of(V.part(payload, "data"))
   return "signedData", octets, chosen
end

-- Who signed: what the Info column says, the HashedId8 if it is known, and the kind of signer.
local function signer_of(signed)
   local signer = V.part(signed, "signer")
   local chosen = signer and signer.kids and signer.kids[1]
   if not chosen or not chosen.part then
      return "signer unreadable"
   end
   local kind = chosen.part.n
   if kind == "digest" and chosen.val then
      return "digest " .. V.hex(chosen.val), chosen.val, kind
   elseif kind == "certificate" then
      local first = chosen.kids and chosen.kids[1]
      return "certificate", first, kind
   end
   return "signer " .. kind, nil, kind
end

local function show_signer(top, signed, c)
   local text, what, kind = signer_of(signed)
   local id8, at = kind == "digest" and what, nil
   if id8 then
      at = V.part(V.part(signed, "signer"), "digest").a / 8
   elseif kind == "certificate" and what and what.b and V.hashed_id8 then
      at = what.a / 8
      id8 = V.hashed_id8(c.text:sub(at + 1, what.b / 8))
      text = text .. " " .. V.hex(id8)
   end
   if id8 then
      top:add(V.f.signer, c.tvb(at, 8), id8):set_generated()
      local number = seen[id8]
      if kind == "digest" and number then
         top:add(V.f.seen, number):set_generated()
      end
   end
   return text
end

-- What differs from the one form that vehicles send.
local function against_profile(top, signed)
   local hash, signature = V.part(signed, "hashId"), V.part(signed, "signature")
   local header = V.part(V.part(signed, "tbsData"), "headerInfo")
   local function say(text)
      top:add_proto_expert_info(V.x.sec_profile, text)
   end
   if hash and hash.num and hash.row.n[hash.num + 1] ~= "sm3" then
      say("the hash algorithm is not sm3")
   end
   local chosen = signature and signature.kids and signature.kids[1]
   if chosen and chosen.part and chosen.part.n ~= "sm2Signature" then
      say("the signature is not sm2Signature")
   end
   if header and header.b and not V.part(header, "generationTime") then
      say("no generationTime")
   end
end

local function check(top, value, signed, context)
   local version = V.part(value, "protocolVersion")
   if version and version.num and version.num ~= 3 then
      local text = "version " .. version.num .. "; 3 is known"
      top:add_proto_expert_info(V.x.sec_version, text)
   end
   if not signed then
      return
   end
   against_profile(top, signed)
   local aid = V.part(V.part(V.part(signed, "tbsData"), "headerInfo"), "aid")
   if aid and aid.num and context.aid and aid.num ~= context.aid then
      local text = string.format("AID %d is signed, the DSMP header says %d", aid.num, context.aid)
      top:add_proto_expert_info(V.x.sec_aid, text)
   end
end

-- decoded: what V.decode_octets gave where that was called already.
local function show_alone(name, tvb, pinfo, tree, title, decoded)
   local text = tvb:raw(0, tvb:len())
   decoded = decoded or { V.decode_octets(name, text) }
   local value, r, fault = decoded[1], decoded[2], decoded[3]
   local c = context_of(tvb, pinfo, text, r)
   local top = tree:add(V.sec, tvb())
   top:append_text(title or ": " .. name)
   if value and value.kids then
      V.show_kids(top, V.alone[name], value, c)
      V.remarks(top, value)
   end
   if value and value.row.t == "Certificate" and not fault then
      V.hash_line(top, value, c)
   end
   r.fault = fault
   V.show_end(top, r, c)
   return top, value, c, fault
end

-- The content of a capture whose packets hold one type each, chosen by preference.
function V.dissect_alone(name, tvb, pinfo, tree)
   pinfo.cols.protocol:set("V2X-SEC")
   pinfo.cols.info:set(name)
   show_alone(name, tvb, pinfo, tree)
   return tvb:len()
end

-- The payload: a list of revoked certificates, a message, or octets that only their application knows.
local function dissect_payload(octets, context, tvb, pinfo, tree, top)
   if #octets.val == 0 then
      top:add_proto_expert_info(V.x.truncated, "no octets of payload")
      return
   end
   local inner = tvb(octets.o / 8, #octets.val):tvb()
   local entry = context.aid and V.aids[context.aid]
   if context.aid == CRL then
      pinfo.cols.info:set("certificate revocation list, " .. context.signer)
      show_alone("CrlContents", inner, pinfo, tree, ": certificate revocation list")
   elseif entry and not entry.message and not entry.vendor then
      pinfo.cols.info:set(entry.text .. ", " .. context.signer)
      local item = top:add(V.f.data, inner())
      item:add_proto_expert_info(V.x.unsupported, "the content of AID " .. context.aid .. " is not decoded")
   else
      V.context = context
      Dissector.get("v2x"):call(inner, pinfo, tree)
      V.context = nil
   end
end

local function dissect(tvb, pinfo, tree)
   local context = V.context or {}
   V.context = nil
   local size = tvb:len()
   if size == 0 then
      return 0
   end
   pinfo.cols.protocol:set("V2X-SEC")
   pinfo.cols.info:set("secured message")
   local top, value, c, fault = show_alone("V2XSecData", tvb, pinfo, tree, "", context.decoded)
   local kind, octets, signed = parts_of(value)
   check(top, value, signed, context)
   context.signer = "not signed"
   if signed then
      context.signer = show_signer(top, signed, c)
      local aid = V.part(V.part(V.part(signed, "tbsData"), "headerInfo"), "aid")
      context.aid = context.aid or aid and aid.num
   end
   top:append_text(": " .. (kind or "unreadable") .. ", " .. context.signer)
   pinfo.cols.info:set("secured message, " .. (kind or "unreadable") .. ", " .. context.signer
      .. (fault and " [" .. fault.kind .. "]" or ""))
   if octets and octets.val and (kind == "signedData" or kind == "unsecuredData") then
      dissect_payload(octets, context, tvb, pinfo, tree, top)
   end
   return size
end

V.sec.dissector = dissect
